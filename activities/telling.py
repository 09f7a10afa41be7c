"""Who is told of what happens to a review. Writes notices with the fact; nothing is sent here."""

from collections.abc import Iterable
from uuid import UUID

from activities.kit import Kit
from domain.escalation import ReviewClock
from domain.identity import person_key, same_person
from domain.notifications import Channel, Occasion, Reach, people_of_tier
from domain.people import KnownPerson
from domain.proposals import Proposal
from domain.reviews import Review
from store import notices
from store.database import Connection
from store.notices import NewNotice
from store.notification_preferences import list_reaches
from store.people import list_people


def _stage_of(proposal_id: UUID, clock: ReviewClock) -> str:
    """Return what is one and the same while a review stands in one tier, at one reminder."""
    return f"{proposal_id}/{clock.tier_started_at.isoformat()}/{clock.reminders_sent}"


def _key_of(proposal: Proposal, clock: ReviewClock, occasion: Occasion) -> str:
    """Return what is told of once: a stage, and in it each draft that came back."""
    stage = _stage_of(proposal.id, clock)
    return f"{stage}/{proposal.draft}" if occasion is Occasion.CAME_BACK else stage


def is_of_stage(key: str, proposal_id: UUID, clock: ReviewClock) -> bool:
    """Return whether a notice of a review is of the stage that it stands in."""
    stage = _stage_of(proposal_id, clock)
    return key == stage or key.startswith(f"{stage}/")


async def tell_reviewers(
    kit: Kit,
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    review: Review,
    occasion: Occasion,
) -> None:
    """Have those told who should decide, and the workspace's own channels.

    Nobody is written down whom no channel reaches, so that an installation without channels has
    no rows for nothing.
    """
    if not kit.channels.available:
        return
    people = await list_people(connection, workspace)
    reaches = await list_reaches(connection, workspace)
    wanted = [person.name for person in _asked(people, proposal, review, occasion)]
    reached = _reached(wanted, reaches, occasion, kit.channels.available)
    key = _key_of(proposal, review.clock, occasion)
    await notices.add(
        connection,
        workspace,
        [
            NewNotice(person=person, occasion=occasion, key=key, proposal_id=proposal.id)
            for person in (*reached, None)
        ],
    )


def _asked(
    people: Iterable[KnownPerson], proposal: Proposal, review: Review, occasion: Occasion
) -> list[KnownPerson]:
    """Return whom a review waits for: the assignee is reminded alone."""
    known = list(people)
    assignee = [person for person in known if same_person(person.name, review.assignee)]
    if assignee and occasion is Occasion.REMINDER:
        return assignee
    group = people_of_tier(known, review.clock.group)
    if review.clock.policy.approvals == 1:
        # One approval is asked for, and theirs alone would not be enough.
        group = [one for one in group if not same_person(one.name, review.author)]
    return [*assignee, *(one for one in group if one not in assignee)]


def _reached(
    names: Iterable[str],
    reaches: dict[str, Reach],
    occasion: Occasion,
    available: Iterable[Channel],
) -> list[str]:
    found = [(name, reaches.get(person_key(name))) for name in names]
    there = list(available)
    return [name for name, reach in found if reach and reach.channels(occasion, there)]


async def tell_author(
    kit: Kit,
    connection: Connection,
    workspace: str,
    proposal_id: UUID,
    occasion: Occasion,
    *,
    author: str | None,
    key: str,
    by: str | None = None,
) -> None:
    """Have the person told whose case it was, and what was said in Slack brought up to date."""
    if not kit.channels.available:
        return
    is_news = author is not None and not same_person(author, by)
    people = (author, None) if is_news else (None,)
    await notices.add(
        connection,
        workspace,
        [
            NewNotice(person=one, occasion=occasion, key=key, proposal_id=proposal_id, by=by)
            for one in people
        ],
    )


async def tell_assignee(
    kit: Kit,
    connection: Connection,
    workspace: str,
    proposal_id: UUID,
    command_id: UUID,
    *,
    assignee: str,
    by: str,
) -> None:
    """Have somebody told to whom another has given a review."""
    if not kit.channels.available or same_person(assignee, by):
        return
    notice = NewNotice(
        person=assignee,
        occasion=Occasion.ASSIGNED,
        key=str(command_id),
        proposal_id=proposal_id,
        by=by,
    )
    await notices.add(connection, workspace, [notice])
