"""Reads an intervention: redacts it, asks the analyst, stores the analysis."""

from collections.abc import Sequence
from uuid import UUID

from temporalio import activity

from activities.case_file import build_case
from activities.embedding import embed_text
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from activities.metering import within_budget
from activities.storing_reading import store_reading
from domain.base import Message
from domain.cases import Case, Reading
from domain.findings import Finding, Gap, check_quotes
from domain.model_calls import CallPurpose
from store import erasures, interventions


class AnalyzeInput(Message):
    """Which intervention to read."""

    workspace: str
    intervention_id: UUID


class AnalyzeResult(Message):
    """The gaps that were found; the findings themselves are in the record."""

    gaps: tuple[Gap, ...]


class AnalyzeIntervention:
    """Holds the analyst and the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def analyze_intervention(self, task: AnalyzeInput) -> AnalyzeResult:
        """Store the analysis of one intervention, once.

        Side effect: a row of `analyses`, keyed by the intervention; an existing one stands, and
        no model is asked again. Of an erased intervention nothing is read or stored. Once the
        day's token budget is used up it is tried again on the next day, and the intervention says
        so. Permanent failures: `not_found`, `quote_not_found`, and those of the model that say so
        (refused, truncated, credentials).
        """
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                finished = await erasures.count_finished(connection, task.workspace)
                known = await interventions.find_analysis(
                    connection, task.workspace, task.intervention_id
                )
                if known is not None:
                    return _result(known.findings)
                intervention = await interventions.get_intervention(
                    connection, task.workspace, task.intervention_id
                )
            if intervention.erased_at is not None:
                return _result(())
            case = await build_case(self._kit, task.workspace, intervention)
            async with within_budget(
                self._kit.database, task.workspace, CallPurpose.ANALYZE, task.intervention_id
            ):
                reading = await self._kit.analyst.analyze(case)
            for finding in reading.findings:
                check_quotes(finding, case.turns, case.resolution_texts())
            findings = await self._save(task, case, reading)
            if findings:
                self._kit.cases.put(task.workspace, case, finished)
            return _result(findings)

    async def _save(self, task: AnalyzeInput, case: Case, reading: Reading) -> Sequence[Finding]:
        """Store the reading and return its findings, or those of an attempt that was faster."""
        embedding = await embed_text(self._kit, case.ask)
        async with self._kit.database.transaction(task.workspace) as connection:
            return await store_reading(
                connection,
                task.workspace,
                case,
                reading,
                analyst=self._kit.analyst.info,
                embedding=embedding,
            )


def _result(findings: Sequence[Finding]) -> AnalyzeResult:
    return AnalyzeResult(gaps=tuple(finding.gap for finding in findings))
