"""Makes cases of a workspace's decided proposals: `python -m evals.collect --workspace W FILE`.

Redacted as analysts see them; interventions of erased customers are left out. A file that was
written before an erasure still holds that customer's redacted case: collect it anew.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from activities.case_file import build_case, redact_remark
from activities.kit import Kit
from domain.cases import Case, KnownItem
from domain.findings import Gap
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Decision, DecisionEffect
from evals.cases import Decided, EvalCase, ReviewerVerdict, write_cases
from gateways.settings import load_settings
from store import interventions, knowledge, proposals, reviews
from store.database import Connection, Database
from store.decided import DecidedProposal, list_decided
from worker import make_kit

_ASKED_FOR_MORE = frozenset({DecisionEffect.CHANGES_REQUESTED, DecisionEffect.REJECTED})


async def collect(kit: Kit, workspace: str) -> AsyncGenerator[EvalCase]:
    """Yield a case for each decided proposal, with the knowledge as it was when it was drafted."""
    async with kit.database.transaction(workspace) as connection:
        decided = await list_decided(connection, workspace)
    for entry in decided:
        yield await _case_of(kit, workspace, entry)


async def _case_of(kit: Kit, workspace: str, entry: DecidedProposal) -> EvalCase:
    async with kit.database.transaction(workspace) as connection:
        intervention = await interventions.get_intervention(
            connection, workspace, entry.intervention_id
        )
        proposal = await proposals.get_proposal(connection, workspace, entry.id)
        [first, *_] = await proposals.list_drafts(connection, workspace, entry.id)
        decisions = await reviews.list_decisions(connection, workspace, entry.id)
    case = await build_case(kit, workspace, intervention)
    async with kit.database.transaction(workspace) as connection:
        known = [await _as_known(connection, workspace, k, entry) for k in case.known_items]
    said = [d.comment for d in decisions if d.effect in _ASKED_FOR_MORE and d.comment]
    decided = Decided(
        verdict=_verdict(entry, decisions),
        gap=_gap_of(proposal),
        drafted_by=entry.analyst,
        draft=first.change,
        approved=proposal.change if entry.status is ProposalStatus.APPLIED else None,
        reason=redact_remark(intervention.submission, "\n".join(said)),
    )
    kept = tuple(item for item in known if item is not None)
    # The tools that were connected since are not the agent's of that day.
    case = case.model_copy(update={"known_items": kept, "agent_tools": _tools(case)})
    return EvalCase(id=str(entry.id), case=case, decided=decided)


def _gap_of(proposal: Proposal) -> Gap:
    if proposal.gap is None:
        raise ValueError("only what an analyst drafted has a gap")
    return proposal.gap


def _tools(case: Case) -> frozenset[str]:
    called = {call.name for turn in case.turns for call in turn.tool_calls}
    return frozenset(called | set(case.agent.tools_available or ()))


def _verdict(entry: DecidedProposal, decisions: Sequence[Decision]) -> ReviewerVerdict:
    if entry.status is ProposalStatus.REJECTED:
        return ReviewerVerdict.REJECTED
    edited = any(
        d.edited_change is not None or d.effect is DecisionEffect.CHANGES_REQUESTED
        for d in decisions
        if d.effect is not DecisionEffect.IGNORED
    )
    return ReviewerVerdict.EDITED if edited else ReviewerVerdict.AS_IS


async def _as_known(
    connection: Connection, workspace: str, known: KnownItem, entry: DecidedProposal
) -> KnownItem | None:
    """Return the item as it was when the proposal was drafted; None if it was not there yet."""
    revisions = await knowledge.list_revisions(connection, workspace, known.item.id)
    before = [r for r in revisions if r.created_at <= entry.created_at]
    if not before:
        return None
    then = max(before, key=lambda revision: revision.number)
    item = known.item.model_copy(update={"revision": then.number, "content": then.content})
    return known.model_copy(update={"item": item})


async def _main(workspace: str, file: Path) -> int:
    settings = load_settings()
    async with Database(settings.database_url.get_secret_value()) as database:
        kit = make_kit(settings, database)
        return write_cases([case async for case in collect(kit, workspace)], file)


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workspace", default="default")
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    count = asyncio.run(_main(given.workspace, given.file))
    sys.stdout.write(f"{count} cases written to {given.file}\n")


if __name__ == "__main__":
    main()
