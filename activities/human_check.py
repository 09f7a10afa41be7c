"""Was the human right? Holds a reading against the policies and what colleagues did. No activity.

It runs in the transaction that stores the reading, so that no two deviations miss each other.
"""

from collections.abc import Sequence

from activities.kit import Kit
from analysis.deviations import answers_otherwise, find_deviations
from domain.cases import Case, Draft
from domain.deviations import Deviation, beside_others, is_habit, judged
from domain.erasure import ERASED
from domain.findings import Finding, Gap
from domain.knowledge import Change, ItemKind, Operation, PolicyContent
from store import deviations, interventions, proposals
from store.database import Connection
from store.proposals import NewProposal
from store.vectors import Embedding

_NEAREST = 5
_SAME_ASK = 0.8
"""Likeness of two asks from which their answers are compared."""


async def check_human(
    connection: Connection,
    workspace: str,
    case: Case,
    findings: Sequence[Finding],
    embedding: Embedding,
) -> tuple[Finding, ...]:
    """Return the findings as the policies and earlier cases let them stand; keep the deviation.

    A first deviation from a policy is goodwill and no gap. From the third alike on, the policy is
    the finding. Otherwise the findings say how many colleagues answered otherwise.
    """
    found = find_deviations(case)
    if not found:
        return beside_others(findings, await _contrary(connection, workspace, case, embedding))
    deviation = found[0]
    others = await deviations.count_alike(connection, workspace, case.intervention_id, deviation)
    stand = judged(findings, deviation, others)
    index = 0 if stand[0].item_id == deviation.policy_id else -1
    await deviations.insert_deviation(connection, workspace, case.intervention_id, deviation, index)
    return stand


async def _contrary(
    connection: Connection, workspace: str, case: Case, embedding: Embedding
) -> int:
    """Return how many colleagues answered nearly the same ask otherwise."""
    reply = case.resolution.reply
    if not reply:
        return 0
    near = await interventions.similar_asks(
        connection,
        workspace,
        embedding=embedding,
        except_id=case.intervention_id,
        limit=_NEAREST,
    )
    count = 0
    for asked in near:
        if asked.similarity >= _SAME_ASK:
            other = await interventions.get_intervention(
                connection, workspace, asked.intervention_id
            )
            count += answers_otherwise(reply, other.submission.resolution.reply)
    return count


async def draft_of_habit(kit: Kit, workspace: str, case: Case, finding: Finding) -> Draft | None:
    """Return the revision of a policy that people keep deviating from; None if this is no habit."""
    if finding.gap is not Gap.MISAPPLIED_POLICY or finding.item_id is None:
        return None
    async with kit.database.transaction(workspace) as connection:
        alike = await deviations.list_alike(
            connection, workspace, case.intervention_id, finding.item_id
        )
    found = [d for d in find_deviations(case) if d.policy_id == finding.item_id]
    if not is_habit(len(alike)) or not found:
        return None
    return _draft(case, found[0], len(alike))


def _draft(case: Case, deviation: Deviation, times: int) -> Draft | None:
    content = next(
        (k.item.content for k in case.known_items if k.item.id == deviation.policy_id), None
    )
    if not isinstance(content, PolicyContent):
        return None
    change = Change(
        kind=ItemKind.POLICY,
        operation=Operation.REVISE,
        item_id=deviation.policy_id,
        base_revision=deviation.policy_revision,
        content=content.model_copy(update={"rule": deviation.revised_rule}),
    )
    return Draft(
        change=change,
        title=f"Ask whether '{content.title[:200]}' is still right",
        rationale=f"{deviation.summary} People did so in {times} cases. Either the policy follows "
        "them, as drafted here, or it stays and they should be told: reject it then.",
    )


async def add_earlier(connection: Connection, workspace: str, new: NewProposal) -> None:
    """Let the earlier deviations, which were goodwill then, support the habit's proposal.

    Erasures must be held off: one would not find what is written here after it has looked. Of a
    case that was erased before, only that there was one is told.
    """
    policy_id = new.finding.item_id
    proposal_id = await proposals.find_proposal_of_finding(
        connection, workspace, new.intervention_id, new.finding_index
    )
    if policy_id is None or proposal_id is None:
        return
    for other in await deviations.list_alike(connection, workspace, new.intervention_id, policy_id):
        analysis = await interventions.find_analysis(connection, workspace, other.intervention_id)
        if other.intervention_id == new.intervention_id or analysis is None:
            continue
        if 0 <= other.finding_index < len(analysis.findings):
            shown = analysis.findings[other.finding_index]
            await proposals.add_evidence(
                connection,
                workspace,
                proposal_id,
                intervention_id=other.intervention_id,
                finding_index=other.finding_index,
                finding=shown.model_copy(update={"gap": new.finding.gap}),
                ask="" if analysis.ask == ERASED else analysis.ask,
            )
