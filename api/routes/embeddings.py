"""`/v1/embeddings`: which models have vectors of what is known, and making or deleting them."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, Field

from activities.reembed_passages import ReembedReach
from api.auth import Administrator
from api.context import ContextDep
from api.openapi import problems
from api.services import embeddings as service
from workflows.reembed_client import ReembedReport, ReembedState

router = APIRouter(prefix="/v1/embeddings", tags=["embeddings"])


class Count(BaseModel):
    """How many there are in this workspace, and how many of them have a vector of the model."""

    total: int
    embedded: int


class Index(BaseModel):
    """The index of a model's vectors, of all workspaces."""

    name: str
    bytes: int


class Progress(BaseModel):
    """How far the model's re-embedding is, in all workspaces."""

    workflow_id: str
    state: ReembedState
    done: int | None = Field(default=None, description="Texts with a vector; null if not known.")
    total: int | None = None
    started_at: AwareDatetime | None = None
    per_second: float | None = Field(default=None, description="Vectors made a second.")
    failure: str = Field(default="", description="Why it failed.")


class ModelLine(BaseModel):
    """One model. Asks and open proposals have vectors of the serving model only."""

    model: str
    dimension: int
    use: service.ModelUse
    passages: Count
    asks: Count
    proposals: Count
    index: Index | None
    reembedding: Progress | None


class EmbeddingsAnswer(BaseModel):
    """The models, the serving one first."""

    models: list[ModelLine]


class ReembedAnswer(BaseModel):
    """What was started, or ran already."""

    model: str
    reach: ReembedReach
    workflow_id: str


class Rest(StrEnum):
    """Whether a deletion is through."""

    NONE = "none"
    SOME = "some"


class PruneAnswer(BaseModel):
    """How many vectors this call has deleted. While `rest` is `some`, call again."""

    model: str
    deleted: int
    rest: Rest


@router.get("", summary="The embedding models", responses=problems(401, 403, 422, 503))
async def list_embeddings(caller: Administrator, context: ContextDep) -> EmbeddingsAnswer:
    """Return each model with how much of what this workspace knows has a vector of it."""
    found = await service.list_models(context, caller.workspace)
    return EmbeddingsAnswer(models=[_line(standing) for standing in found])


@router.post(
    "/reembed",
    status_code=202,
    summary="Make the vectors that are missing",
    responses=problems(401, 403, 422, 503),
)
async def reembed(caller: Administrator, context: ContextDep) -> ReembedAnswer:
    """Make the vectors of the next model, or of the serving one where none is next.

    One that runs already is left alone. It works on all workspaces.
    """
    started = await service.start(context, caller)
    return ReembedAnswer(model=started.model, reach=started.reach, workflow_id=started.workflow_id)


@router.delete(
    "/{model:path}",
    summary="Delete the vectors of a model that nobody uses",
    responses=problems(401, 403, 404, 409, 422, 503),
)
async def prune(
    caller: Administrator,
    context: ContextDep,
    model: Annotated[str, Path(description="As the list names it; it may hold slashes.")],
) -> PruneAnswer:
    """Delete some of the vectors, in all workspaces, and in the end the index.

    Those of the serving model and of the next one stay: 409.
    """
    pruned = await service.prune(context, caller, model)
    rest = Rest.NONE if pruned.is_through else Rest.SOME
    return PruneAnswer(model=model, deleted=pruned.deleted, rest=rest)


def _line(standing: service.Standing) -> ModelLine:
    index_name, index_bytes = standing.index_name, standing.index_bytes
    return ModelLine(
        model=standing.model,
        dimension=standing.dimension,
        use=standing.use,
        passages=Count(**standing.passages._asdict()),
        asks=Count(**standing.asks._asdict()),
        proposals=Count(**standing.proposals._asdict()),
        index=Index(name=index_name, bytes=index_bytes or 0) if index_name else None,
        reembedding=_progress(standing.report) if standing.report else None,
    )


def _progress(report: ReembedReport) -> Progress:
    status = report.status
    told = (
        status.model_dump(include={"done", "total", "started_at", "per_second"}) if status else {}
    )
    return Progress(
        workflow_id=report.workflow_id, state=report.state, failure=report.failure, **told
    )
