"""A customer whose text is to be erased, and where it may stand."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from activities.erase_customer import EraseCustomer, EraseInput, EraseResult
from activities.verify_proposal import VerifyInput, VerifyProposal
from analysis.personal_fields import personal_data_in
from domain.base import JsonValue
from domain.conversation import Submission
from domain.erasure_requests import Erasure, NewErasure
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.proposals import Proposal
from store import erasures, knowledge, workspaces
from tests.activities.world import World, run
from tests.domain.builders import submission

REF = "c-7719-okafor"
ASK = "Where is the turquoise zither that my uncle Balthasar shipped to Trondheim?"
QUOTE = "the turquoise zither that my uncle Balthasar shipped"
SECRETS = ("zither", "balthasar", "trondheim", REF, "balthasar@example.com")


def of_customer(ask: str = ASK, ref: str = REF, **fields: Any) -> Submission:
    """Return an intervention of the customer who will be erased, or of another one."""
    return submission(
        external_id=uuid4().hex,
        customer_ref=ref,
        conversation=[
            {"role": "customer", "text": ask},
            {"role": "agent", "text": f'I do not know of "{ask}"'},
        ],
        resolution={"by": "dana", "reply": "The warehouse knows."},
        metadata={"email": "balthasar@example.com"} if ref == REF else {},
        **fields,
    )


async def asked(world: World, reference: str = REF) -> Erasure:
    """Store the request of an erasure."""
    new = NewErasure(id=uuid4(), customer_ref=reference, requested_by="ada", reason=f"of {REF}")
    async with world.database.transaction(world.workspace) as connection:
        return await erasures.insert_erasure(connection, world.workspace, new)


def task_of(world: World, erasure: Erasure) -> EraseInput:
    """Return what carries out an erasure."""
    return EraseInput(workspace=world.workspace, erasure_id=erasure.id)


async def erase(world: World, erasure: Erasure | None = None) -> EraseResult:
    """Carry out an erasure, by default of the customer."""
    erasure = erasure or await asked(world)
    return await run(EraseCustomer(world.kit).erase_customer, task_of(world, erasure))


async def record(world: World) -> str:
    """Return all rows of the workspace in all tables, in small letters."""
    tables = await world.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'workspace' AND table_name NOT LIKE 'visible_%%'"
    )
    found: list[Any] = []
    for table in {row["table_name"] for row in tables}:
        found += await world.execute(
            f"SELECT to_jsonb(t) AS row FROM {table} t WHERE workspace = %s", world.workspace
        )
    found += await world.execute("SELECT settings FROM workspaces WHERE id = %s", world.workspace)
    return json.dumps(found, ensure_ascii=False).lower()


def held(text: str, secrets: Sequence[str] = SECRETS) -> list[str]:
    """Return the secrets that a text holds."""
    return [secret for secret in secrets if secret in text]


async def proposal_of(world: World, posted: Submission, change: Change | None = None) -> Proposal:
    """Return the verified proposal of an intervention, which waits for people."""
    if change is not None:
        world.analyst.change = lambda _: change
    drafted = await world.draft(await world.analyzed(posted))
    proposal = await world.read(drafted.own[0].proposal_id)
    verification = VerifyInput(workspace=world.workspace, proposal_id=proposal.id)
    await run(VerifyProposal(world.kit).verify_proposal, verification)
    await world.open(proposal)
    return await world.read(proposal.id)


async def applied(world: World, proposal: Proposal) -> Proposal:
    """Let two people approve a proposal, and apply it.

    They take what it holds of personal data for nobody's.
    """
    found: list[JsonValue] = [part.text for part in personal_data_in(proposal.change)]
    async with world.database.transaction(world.workspace) as connection:
        await workspaces.change_settings(connection, world.workspace, {"public_texts": found})
    for by, role in (("lee", ApiRole.LEAD), ("rae", ApiRole.REVIEWER)):
        await world.settle(await world.write(proposal, by, role))
    await world.apply(proposal)
    return await world.read(proposal.id)


async def items(world: World) -> list[UUID]:
    """Return the ids of the workspace's items."""
    async with world.database.transaction(world.workspace) as connection:
        return [item.id for item in await knowledge.list_items(connection, world.workspace)]
