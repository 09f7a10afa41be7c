"""The calls of the contract, typed: one method a call, every failure a ClientError."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx2
from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import to_json

from client import models
from client.connection import Target
from client.errors import ClientError, RefusedError, UnreachableError, read_problem
from domain.base import JsonObject
from domain.batches import AnalysisMode
from domain.conversation import InterventionStatus
from domain.imports import KnowledgeEntry
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from domain.reviews import RejectionReason, Verdict

M = TypeVar("M", bound=BaseModel)

TIMEOUT_SECONDS = 60.0
IMPORT_TIMEOUT_SECONDS = 600.0
"""An import is embedded before it is answered."""
_TRY_AGAIN = frozenset({429, 502, 503, 504})


class LearningLoop:
    """A connection to one API with one key. Use as an async context manager."""

    def __init__(
        self, target: Target, *, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        """Prepare; nothing connects before the first call."""
        self.url = target.url
        # The key must not follow a redirect or go through somebody's proxy to a local stack.
        self._http = httpx2.AsyncClient(
            base_url=target.url,
            headers={"Authorization": f"Bearer {target.key}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=not _is_local(target.url),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        await self._http.__aexit__(kind, error, trace)

    async def ready(self) -> dict[str, str]:
        """Return the state of each part that the API needs; `ok` is well."""
        response = await self._send("GET", "/readyz")
        if response.status_code not in {200, 503}:
            raise _refusal(response)
        return _read(models.Readiness, response).checks

    async def usage(self, days: int) -> models.Usage:
        """Return what calls of language models took in the last days."""
        response = await self._call("GET", "/v1/usage", params={"days": days})
        return _read(models.Usage, response)

    async def submit(
        self, intervention: JsonObject | bytes, analysis: AnalysisMode = AnalysisMode.NOW
    ) -> models.Accepted:
        """Post an intervention, as JSON or already written; the same again changes nothing."""
        written = intervention if isinstance(intervention, bytes) else to_json(intervention)
        response = await self._call(
            "POST",
            "/v1/interventions",
            params={"analysis": analysis.value} if analysis is not AnalysisMode.NOW else None,
            content=written,
            headers={"Content-Type": "application/json"},
        )
        accepted = _read(models.Accepted, response)
        return accepted.model_copy(update={"created": response.status_code == 202})

    async def interventions(
        self, status: InterventionStatus | None = None, *, most: int | None = None
    ) -> AsyncGenerator[models.InterventionLine]:
        """Yield interventions, newest first, at most so many."""
        parameters = {"status": status.value} if status else {}
        count = 0
        async for line in self._pages(models.InterventionLine, "/v1/interventions", parameters):
            yield line
            count += 1
            if count == most:
                return

    async def intervention(self, intervention_id: UUID) -> models.InterventionDetail:
        """Return an intervention with its analysis and proposals."""
        response = await self._call("GET", f"/v1/interventions/{intervention_id}")
        return _read(models.InterventionDetail, response)

    async def proposals(
        self, *, status: ProposalStatus | None = None, kind: ItemKind | None = None
    ) -> AsyncGenerator[models.ListedProposal]:
        """Yield proposals, those with most support first."""
        given = {"status": status, "kind": kind}
        parameters = {name: value.value for name, value in given.items() if value}
        async for proposal in self._pages(models.ListedProposal, "/v1/proposals", parameters):
            yield proposal

    async def proposal(self, proposal_id: UUID) -> models.ProposalDetail:
        """Return one proposal with its diff, review and decisions."""
        response = await self._call("GET", f"/v1/proposals/{proposal_id}")
        return _read(models.ProposalDetail, response)

    async def decide(
        self,
        proposal_id: UUID,
        verdict: Verdict,
        content_hash: str,
        comment: str = "",
        *,
        edit: JsonObject | None = None,
        rejection_reason: RejectionReason | None = None,
        not_personal: Sequence[str] = (),
    ) -> models.DecisionReceipt:
        """Send a verdict on the draft with exactly this hash; `edit` is the change instead.

        `not_personal` are texts of the proposal's `personal_data` that are nobody's.
        """
        body: JsonObject = {
            "verdict": verdict.value,
            "content_hash": content_hash,
            "comment": comment,
        }
        if edit is not None:
            body["edited_change"] = edit
        if rejection_reason is not None:
            body["rejection_reason"] = rejection_reason.value
        if not_personal:
            body["not_personal"] = list(not_personal)
        response = await self._call("POST", f"/v1/proposals/{proposal_id}/decisions", json=body)
        return _read(models.DecisionReceipt, response)

    async def suppressions(self) -> AsyncGenerator[models.HeldBackGap]:
        """Yield what people have rejected and how much of it is held back since, newest first."""
        async for found in self._pages(models.HeldBackGap, "/v1/suppressions", {}):
            yield found

    async def ask(self, query: str) -> models.AskAnswer:
        """Return the reference agent's answer or hand-off."""
        return _read(models.AskAnswer, await self._call("POST", "/v1/ask", json={"query": query}))

    async def settings(self) -> models.Settings:
        """Return what holds for the workspace."""
        return _read(models.Settings, await self._call("GET", "/v1/workspace/settings"))

    async def change_settings(self, changed: JsonObject) -> models.Settings:
        """Set what the object names of the workspace's settings, and return all."""
        answer = await self._call("PATCH", "/v1/workspace/settings", json=changed)
        return _read(models.Settings, answer)

    async def checkup(self) -> models.CheckupAnswer:
        """Return the newest checkup and what it has found, the worst first."""
        return _read(models.CheckupAnswer, await self._call("GET", "/v1/knowledge/checkup"))

    async def start_checkup(self) -> None:
        """Have the knowledge looked at now; one that runs already is left alone."""
        await self._call("POST", "/v1/knowledge/checkup")

    async def import_golden(self, queries: Sequence[JsonValue]) -> models.ImportedGolden:
        """Keep up to 1,000 golden queries, or none if one of them cannot be."""
        body = {"queries": list(queries)}
        return _read(
            models.ImportedGolden, await self._call("POST", "/v1/golden/import", json=body)
        )

    async def import_items(self, items: Sequence[JsonObject | bytes]) -> list[models.ImportedItem]:
        """Bring in what a company has already, as JSON or already written; told item by item."""
        written = (item if isinstance(item, bytes) else to_json(item) for item in items)
        response = await self._call(
            "POST",
            "/v1/knowledge/import",
            content=b'{"items":[' + b",".join(written) + b"]}",
            headers={"Content-Type": "application/json"},
            timeout=IMPORT_TIMEOUT_SECONDS,
        )
        return _read(models.ImportAnswer, response).items

    async def entries(self) -> AsyncGenerator[KnowledgeEntry]:
        """Yield all items, retired ones too, as an import takes them, oldest first."""
        async for entry in self._pages(KnowledgeEntry, "/v1/knowledge/export", {}):
            yield entry

    async def erase(self, customer_ref: str, reason: str = "") -> models.AcceptedErasure:
        """Ask that what a customer has said until now be erased."""
        body = {"customer_ref": customer_ref, "reason": reason}
        response = await self._call("POST", "/v1/erasures", json=body)
        return _read(models.AcceptedErasure, response)

    async def erasure(self, erasure_id: UUID) -> models.ErasureState:
        """Return how far an erasure is."""
        return _read(models.ErasureState, await self._call("GET", f"/v1/erasures/{erasure_id}"))

    async def items(self, kind: ItemKind | None = None) -> AsyncGenerator[models.KnownItem]:
        """Yield what agents know, oldest first."""
        parameters = {"kind": kind.value} if kind else {}
        async for item in self._pages(models.KnownItem, "/v1/knowledge", parameters):
            yield item

    async def item(self, item_id: UUID) -> models.KnownItem:
        """Return one item at its head revision."""
        return _read(models.KnownItem, await self._call("GET", f"/v1/knowledge/{item_id}"))

    async def embeddings(self) -> list[models.EmbeddingModelLine]:
        """Return the embedding models, the serving one first."""
        answer = await self._call("GET", "/v1/embeddings")
        return _read(models.EmbeddingModels, answer).models

    async def reembed(self) -> models.StartedReembedding:
        """Start making the vectors that the next model, or else the serving one, lacks."""
        answer = await self._call("POST", "/v1/embeddings/reembed")
        return _read(models.StartedReembedding, answer)

    async def prune_embeddings(self, model: str) -> models.PrunedEmbeddings:
        """Delete some of the vectors of a model that nobody uses; call until it is through."""
        answer = await self._call("DELETE", f"/v1/embeddings/{quote(model)}")
        return _read(models.PrunedEmbeddings, answer)

    async def _pages(
        self, model: type[M], path: str, parameters: Mapping[str, str]
    ) -> AsyncGenerator[M]:
        cursor: str | None = None
        while True:
            query = {**parameters, "limit": "200"} | ({"cursor": cursor} if cursor else {})
            response = await self._call("GET", path, params=query)
            page = _read(models.Page[model], response)
            for entry in page.items:
                yield entry
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _call(self, method: str, path: str, **options: Any) -> httpx2.Response:
        response = await self._send(method, path, **options)
        if response.is_success:
            return response
        raise _refusal(response)

    async def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        seconds = options.get("timeout", TIMEOUT_SECONDS)
        try:
            return await self._http.request(method, path, **options)
        except httpx2.TimeoutException:
            raise UnreachableError(
                f"The API at {self.url} did not answer in {seconds:.0f} seconds. "
                "See 'learning-loop status', then try again."
            ) from None
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise UnreachableError(
                f"Nothing answers at {self.url} ({_cause(error)}). "
                "Start the stack with 'learning-loop up', or give another --url."
            ) from None


def _is_local(url: str) -> bool:
    return httpx2.URL(url).host in {"127.0.0.1", "localhost", "::1"}


def _cause(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__


def _refusal(response: httpx2.Response) -> ClientError:
    problem = read_problem(response.status_code, response.content)
    if response.status_code in _TRY_AGAIN:
        wait = response.headers.get("retry-after", "")
        return UnreachableError(
            str(RefusedError(response.status_code, problem)),
            retry_after=float(wait) if wait.isdecimal() else None,
        )
    return RefusedError(response.status_code, problem)


def _read(model: type[M], response: httpx2.Response) -> M:
    try:
        return model.model_validate_json(response.content)
    except ValidationError:
        raise ClientError(
            f"{response.request.url.path} answered with something else than this client knows. "
            "Is the address that of a Learning Loop of the same version?"
        ) from None
