"""The worker: connects to Postgres and Temporal, and runs the workflows and activities."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.analyze_intervention import AnalyzeIntervention
from activities.apply_proposal import ApplyProposal
from activities.begin_change_request import BeginChangeRequest
from activities.close_change_request import CloseChangeRequest
from activities.close_intervention import CloseIntervention
from activities.collect_batch import CollectBatch
from activities.count_unembedded import CountUnembedded
from activities.draft_proposals import DraftProposals
from activities.embedding_models import count_missing, prepare_models
from activities.erase_customer import EraseCustomer
from activities.escalate_review import EscalateReview
from activities.find_drift import FindDrift
from activities.force_changes import ForceChanges
from activities.import_items import ImportItems
from activities.kit import Kit
from activities.notify_reviewers import NotifyReviewers
from activities.open_review import OpenReview
from activities.plan_notices import PlanNotices
from activities.propose_return import ProposeReturn
from activities.redraft_proposal import RedraftProposal
from activities.reembed_passages import ReembedPassages, ReembedReach
from activities.send_digest import SendDigest
from activities.send_notice import SendNotice
from activities.settle_command import SettleCommand
from activities.settle_decision import SettleDecision
from activities.settle_edit import SettleEdit
from activities.submit_batch import SubmitBatch
from activities.verify_proposal import VerifyProposal
from agent.choice import choose_answerer
from analysis.choice import choose_analyst, choose_batch_analyst
from gateways.embeddings import choose_embedder, choose_next_embedder
from gateways.escalation import load_escalation_policies
from gateways.logs import set_up_logs
from gateways.next_embedder import NextEmbedder
from gateways.notifications import LogNotifier, choose_channels
from gateways.settings import TASK_QUEUE, Settings, explain, load_settings
from gateways.temporal import connect
from store.database import Database, Lent
from store.embeddings import ModelDimensionError, list_workspaces
from workflows.batch_analysis import BatchAnalysisWorkflow
from workflows.change_request import ChangeRequestWorkflow
from workflows.digest import DigestWorkflow
from workflows.drift import DriftWorkflow
from workflows.drift_client import ensure_schedules
from workflows.erase_customer import EraseCustomerWorkflow
from workflows.import_items import ImportItemsWorkflow
from workflows.intervention import InterventionWorkflow
from workflows.notices import NoticesWorkflow
from workflows.notices_client import ensure_digests
from workflows.reembed import ReembedWorkflow
from workflows.reembed_client import start_reembed
from workflows.reembed_input import ReembedInput

OWN_PACKAGES = ("activities", "agent", "analysis", "domain", "gateways", "store", "workflows")
WORKFLOWS = (
    InterventionWorkflow,
    ChangeRequestWorkflow,
    ImportItemsWorkflow,
    ReembedWorkflow,
    EraseCustomerWorkflow,
    BatchAnalysisWorkflow,
    DriftWorkflow,
    NoticesWorkflow,
    DigestWorkflow,
)

_LOOK_FOR_GAPS_EVERY_SECONDS = 600.0
_TRY_AGAIN_AFTER_SECONDS = 5.0


def make_kit(settings: Settings, database: Database) -> Kit:
    """Return the activities' kit as the settings choose it."""
    embedder = choose_embedder(settings)
    following = choose_next_embedder(settings, embedder)
    return Kit(
        database=database,
        embedder=embedder,
        analyst=choose_analyst(settings, embedder),
        answerer=choose_answerer(settings),
        policies=load_escalation_policies(settings.escalation_file),
        notifier=LogNotifier(),
        channels=choose_channels(settings),
        api_url=settings.api_url,
        next_embedder=NextEmbedder(following) if following else None,
        batches=choose_batch_analyst(settings),
    )


def all_activities(kit: Kit) -> list[Callable[..., Any]]:
    """Return every activity, bound to the kit."""
    return [
        AnalyzeIntervention(kit).analyze_intervention,
        DraftProposals(kit).draft_proposals,
        VerifyProposal(kit).verify_proposal,
        OpenReview(kit).open_review,
        NotifyReviewers(kit).notify_reviewers,
        EscalateReview(kit).escalate_review,
        SettleDecision(kit).settle_decision,
        SettleEdit(kit).settle_edit,
        SettleCommand(kit).settle_command,
        RedraftProposal(kit).redraft_proposal,
        ApplyProposal(kit).apply_proposal,
        CloseIntervention(kit).close_intervention,
        ImportItems(kit).import_items,
        BeginChangeRequest(kit).begin_change_request,
        ForceChanges(kit).force_changes,
        CloseChangeRequest(kit).close_change_request,
        EraseCustomer(kit).erase_customer,
        CountUnembedded(kit).count_unembedded,
        ReembedPassages(kit).reembed_passages,
        SubmitBatch(kit).submit_batch,
        CollectBatch(kit).collect_batch,
        FindDrift(kit).find_drift,
        ProposeReturn(kit).propose_return,
        PlanNotices(kit).plan_notices,
        SendNotice(kit).send_notice,
        SendNotice(kit).give_up_notice,
        SendDigest(kit).send_digest,
    ]


def sandbox() -> SandboxedWorkflowRunner:
    """Return a sandbox that shares our own modules: importing them anew costs 9 ms a workflow."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        *OWN_PACKAGES, "pydantic", "pydantic_core", "annotated_types"
    )
    return SandboxedWorkflowRunner(restrictions=restrictions)


def make_worker(
    client: Client, kit: Kit, *, task_queue: str = TASK_QUEUE, max_cached_workflows: int = 1_000
) -> Worker:
    """Return the worker of all workflows and activities."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=all_activities(kit),
        workflow_runner=sandbox(),
        max_cached_workflows=max_cached_workflows,
        max_concurrent_activities=20,
    )


async def fill_gaps(kit: Kit, client: Client, *, task_queue: str = TASK_QUEUE) -> int:
    """Start re-embedding if the serving model lacks vectors; return of how many texts.

    It does after a switch that was not prepared, and of asks and proposals after every switch.
    """
    await prepare_models(kit)
    missing = await count_missing(kit)
    if missing:
        model = kit.embedder.name
        await structlog.get_logger("worker").awarning(
            "the serving model lacks vectors, which are made now", model=model, missing=missing
        )
        task = ReembedInput(model=model, reach=ReembedReach.EVERYTHING)
        await start_reembed(client, task, task_queue=task_queue)
    return missing


async def _keep_embedded(kit: Kit, client: Client) -> None:
    """Look for gaps at the start and now and then, until cancelled."""
    while True:
        wait = _LOOK_FOR_GAPS_EVERY_SECONDS
        try:
            await fill_gaps(kit, client)
        except Exception as error:
            # The database or Temporal may be away, or not set up yet.
            said = str(error) if isinstance(error, ModelDimensionError) else type(error).__name__
            await structlog.get_logger("worker").awarning("cannot look for gaps", error=said)
            wait = _TRY_AGAIN_AFTER_SECONDS
        await asyncio.sleep(wait)


async def _keep_scheduled(kit: Kit, client: Client) -> None:
    """See to it that every workspace has its daily checkup and its digests, until cancelled."""
    while True:
        wait = _LOOK_FOR_GAPS_EVERY_SECONDS
        try:
            workspaces = await list_workspaces(kit.database)
            await ensure_schedules(client, workspaces, task_queue=TASK_QUEUE)
            if kit.channels.available:
                await ensure_digests(client, workspaces, task_queue=TASK_QUEUE)
        except Exception as error:
            # The database or Temporal may be away, or not set up yet.
            await structlog.get_logger("worker").awarning(
                "cannot schedule checkups and digests", error=type(error).__name__
            )
            wait = _TRY_AGAIN_AFTER_SECONDS
        await asyncio.sleep(wait)


async def run(settings: Settings) -> None:
    """Work until told to stop by SIGINT or SIGTERM; then finish what is under way."""
    log = structlog.get_logger("worker")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    # Embedding uses both cores by itself; more threads would only wait for each other.
    loop.set_default_executor(ThreadPoolExecutor(max_workers=4))
    database = Database(
        settings.database_url.get_secret_value(),
        max_size=settings.database_pool,
        lent=Lent.UNCHECKED,
    )
    async with database:
        kit = make_kit(settings, database)
        client = await connect()
        async with make_worker(client, kit):
            gaps = asyncio.create_task(_keep_embedded(kit, client))
            checkups = asyncio.create_task(_keep_scheduled(kit, client))
            await log.ainfo("worker_ready", analyst=kit.analyst.info.name)
            await stop.wait()
            await log.ainfo("worker_stopping")
            gaps.cancel()
            checkups.cancel()
        kit.channels.close()


def main() -> int:
    """Run the worker; return the exit code."""
    set_up_logs()
    try:
        asyncio.run(run(load_settings()))
    except ValidationError as error:
        sys.stderr.write(f"worker: set or mend these settings: {explain(error)}\n")
        return 2
    except RuntimeError as error:
        sys.stderr.write(f"worker: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The interpreter's own finalisation crashes now and then under the SDK's threads.
    os._exit(code)
