"""`proposals`, `approve` and `reject`: the inbox on the command line."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from client.api import LearningLoop
from client.errors import ClientError
from client.models import ListedProposal, ProposalDetail
from client.shown import plain, since, until, words
from domain.proposals import ProposalStatus, ReplayEffect
from domain.reviews import DecisionEffect, RejectionReason, Verdict

SHORTEST_PREFIX = 4
_SETTLE_SECONDS = 10.0
_POLL_SECONDS = 0.1
_NAMES = {"phrasings": "would be found by"}
_EDITS = {"insert": "green", "delete": "red strike", "keep": ""}

Confirm = Callable[[str], bool]


@dataclass(frozen=True)
class Decided:
    """What a person wants to say of a proposal."""

    proposal: str
    verdict: Verdict
    comment: str = ""
    because: RejectionReason | None = None
    not_personal: tuple[str, ...] = ()


async def show_proposals(client: LearningLoop, out: Console, status: ProposalStatus | None) -> int:
    """Print the proposals of a status, or all; return the exit code."""
    found = [proposal async for proposal in client.proposals(status=status)]
    if not found:
        out.print("There is no proposal" + (f" {words(status)}." if status else "."))
        return 0
    out.print(proposals_table(found))
    return 0


def proposals_table(proposals: list[ListedProposal]) -> Table:
    """Return the proposals, one a row, with the id's first letters that name it."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("id", "kind", "proposal", "seen", "status"):
        table.add_column(name, no_wrap=name in {"id", "seen"})
    for proposal in proposals:
        table.add_row(
            str(proposal.id)[:8],
            words(proposal.change.kind),
            Text(plain(proposal.title)),
            str(proposal.support),
            Text(_standing(proposal)),
        )
    return table


def _standing(proposal: ListedProposal) -> str:
    if proposal.status is not ProposalStatus.IN_REVIEW:
        return words(proposal.status)
    whom = plain(proposal.assignee or (proposal.candidates or "people"))
    due = f", due {until(proposal.due_at)}" if proposal.due_at else ""
    return f"waits for {whom} {since(proposal.created_at)}{due}"


async def decide(
    client: LearningLoop, out: Console, decided: Decided, confirm: Confirm | None
) -> int:
    """Show the change, ask, send the verdict on exactly that; return the exit code.

    Without `confirm` nobody is asked.
    """
    detail = await client.proposal(await find_proposal(client, decided.proposal))
    if detail.status is not ProposalStatus.IN_REVIEW:
        raise ClientError(
            f"This proposal is {words(detail.status)}: nobody can decide on it now. "
            "See 'learning-loop proposals'."
        )
    show_change(out, detail)
    if confirm is not None and not confirm(f"{decided.verdict.value.capitalize()} exactly this?"):
        out.print("Nothing was decided.")
        return 1
    receipt = await client.decide(
        detail.id,
        decided.verdict,
        detail.content_hash,
        decided.comment,
        rejection_reason=decided.because,
        not_personal=decided.not_personal,
    )
    out.print(await _what_came_of_it(client, detail.id, receipt.decision_id))
    return 0


async def find_proposal(client: LearningLoop, given: str) -> UUID:
    """Return the id that `given` is, or begins; raises ClientError unless it is one proposal's."""
    try:
        return UUID(given)
    except ValueError:
        pass
    prefix = given.strip().lower()
    if len(prefix) < SHORTEST_PREFIX:
        raise ClientError(f"Give at least {SHORTEST_PREFIX} letters of the proposal's id.")
    found = [p async for p in client.proposals() if str(p.id).startswith(prefix)]
    if len(found) == 1:
        return found[0].id
    if not found:
        raise ClientError(f"No proposal's id begins with {prefix}. See 'learning-loop proposals'.")
    names = ", ".join(str(p.id) for p in found[:5])
    raise ClientError(f"{len(found)} proposals begin with {prefix}: {names}. Give more letters.")


def show_change(out: Console, detail: ProposalDetail) -> None:
    """Print what a reviewer needs: the exact difference, why, and what the replay showed."""
    change = detail.change
    out.print(Text(plain(detail.title), style="bold"))
    seen = "once" if detail.support == 1 else f"{detail.support} times"
    cause = f"{words(detail.gap)}, seen {seen}" if detail.gap else "asked for by a person"
    out.print(_replayed(detail))
    out.print(
        f"{words(change.operation)} {words(change.kind)}, {cause}, "
        f"drafted by {plain(detail.drafted_by)}"
    )
    out.print()
    for field in detail.diff:
        if field.changed:
            pieces = [(plain(s.text), _EDITS[s.edit]) for s in field.segments]
            out.print(
                Text.assemble((f"{_NAMES.get(field.field, field.field)}  ", "bold dim"), *pieces)
            )
    out.print()
    out.print(Text(f"why      {plain(detail.rationale)}"))
    for part in detail.personal_data:
        out.print(
            Text(
                f"personal {plain(part.text)}: looks like {words(part.kind)} in {part.field}. Edit "
                "it out on the page; if it is nobody's, approve with --not-personal and this text"
            )
        )
    out.print(f"approved by {len(detail.approvals)} of {detail.approvals_needed or 1} people")
    out.print(f"hash     {detail.content_hash}")


def _replayed(detail: ProposalDetail) -> str:
    """Return what the change breaks and fixes: what a reviewer reads first."""
    replay = detail.verification
    if replay is None:
        return "replayed no past query: nothing shows what this change does"
    fixes, breaks = replay.count(ReplayEffect.FIXED), replay.count(ReplayEffect.BROKEN)
    own = "its own case is fixed" if replay.fixes_original else "its own case is NOT fixed"
    own = f"; {own}" if detail.gap else ""
    return f"breaks {breaks}, fixes {fixes} of {len(replay.cases)} past queries{own}"


async def _what_came_of_it(client: LearningLoop, proposal_id: UUID, decision_id: UUID) -> str:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        detail = await client.proposal(proposal_id)
        decision = next((d for d in detail.decisions if d.id == decision_id), None)
        effect = decision.effect if decision else DecisionEffect.PENDING
        is_settled = effect is not DecisionEffect.PENDING
        if is_settled and detail.status is not ProposalStatus.APPROVED:
            return _outcome(detail, effect)
        if time.monotonic() > deadline:
            return "Your decision is kept; the workflow will take it up as soon as it can."
        await asyncio.sleep(_POLL_SECONDS)


def _outcome(detail: ProposalDetail, effect: DecisionEffect) -> str:
    if detail.status is ProposalStatus.APPLIED:
        return f"Approved and applied: it is release {detail.applied_release} now."
    if effect is DecisionEffect.COUNTED:
        missing = max(1, (detail.approvals_needed or 1) - len(detail.approvals))
        return f"Your approval counts; {missing} more must come from somebody else."
    return f"Done: the decision was {words(effect)}, the proposal is {words(detail.status)}."
