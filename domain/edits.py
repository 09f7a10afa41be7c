"""What a reviewer's edit does to the proof: the rules by which it goes live or comes back."""

from domain.base import Model
from domain.proposals import ReplayEffect, Setback, Verification
from domain.reviews import IgnoredBecause

CAME_BACK = frozenset({IgnoredBecause.EDIT_BREAKS, IgnoredBecause.EDIT_NOT_VERIFIED})
"""Why the approval of an edit had no effect where people are to look at the edit once more."""


class SeenProof(Model):
    """What the proof of a draft showed to whoever decided: ids of cases, none of their words."""

    fixes_original: bool = False
    broken: tuple[str, ...] = ()


def proof_seen(verification: Verification | None) -> SeenProof:
    """Return what people have seen of a draft; of one without a proof, that nothing breaks."""
    if verification is None:
        return SeenProof()
    return SeenProof(fixes_original=verification.fixes_original, broken=_broken(verification))


def setback_of(seen: SeenProof | None, verification: Verification) -> Setback | None:
    """Return what the edited draft does worse than the draft that was seen; None if nothing.

    Where it is not known what was seen, all that the edit breaks counts, and so does an original
    query that it does not fix.
    """
    known = seen or SeenProof(fixes_original=verification.original is not None)
    loses = known.fixes_original and not verification.fixes_original
    broken = tuple(key for key in _broken(verification) if key not in known.broken)
    if not loses and not broken:
        return None
    return Setback(loses_original=loses, broken=broken)


def _broken(verification: Verification) -> tuple[str, ...]:
    return tuple(c.key for c in verification.cases if c.effect is ReplayEffect.BROKEN)
