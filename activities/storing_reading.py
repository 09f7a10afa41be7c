"""Stores what an analyst read in an intervention, once. Not an activity."""

from collections.abc import Sequence
from uuid import UUID

from activities.human_check import check_human
from domain.cases import Case, Reading
from domain.conversation import InterventionStatus
from domain.findings import AnalystInfo, Finding, Gap
from store import audit, erasures, interventions, outcomes
from store.database import Connection
from store.vectors import Embedding


async def store_reading(
    connection: Connection,
    workspace: str,
    case: Case,
    reading: Reading,
    *,
    analyst: AnalystInfo,
    embedding: Embedding,
) -> Sequence[Finding]:
    """Store the reading and return its findings, or those of an attempt that was faster.

    Of an intervention that was erased meanwhile nothing is stored, and there are none.
    """
    intervention_id = case.intervention_id
    if not await erasures.lock_unerased(connection, workspace, intervention_id):
        return ()
    findings = await check_human(connection, workspace, case, reading.findings, embedding)
    is_first = await interventions.save_analysis(
        connection,
        workspace,
        intervention_id,
        analyst=analyst,
        ask=case.ask,
        ask_embedding=embedding,
        findings=findings,
        usage=reading.usage,
    )
    if not is_first:
        # By now the workflow may be further on: its status is not this attempt's to set.
        stored = await interventions.find_analysis(connection, workspace, intervention_id)
        return stored.findings if stored else ()
    await _note(connection, workspace, case.intervention_id, findings, analyst)
    return findings


async def _note(
    connection: Connection,
    workspace: str,
    intervention_id: UUID,
    findings: Sequence[Finding],
    analyst: AnalystInfo,
) -> None:
    """Note what else is known and where the intervention stands, now that it was read."""
    if all(finding.gap is Gap.NONE for finding in findings):
        # Nothing is drafted of it, so this is all that will be known of the query.
        await outcomes.record_verdict(connection, workspace, intervention_id)
    await interventions.set_intervention_status(
        connection, workspace, intervention_id, InterventionStatus.ANALYZING
    )
    await audit.record(
        connection,
        workspace,
        actor=analyst.name,
        action="intervention_analyzed",
        subject=f"intervention/{intervention_id}",
        details={"gaps": [finding.gap.value for finding in findings]},
    )
