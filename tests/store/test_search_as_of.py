"""Search as of a release, beside a model that remembers every release whole."""

import random
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from store import publishing
from store.database import Connection
from store.search import search
from tests.api.fakes import WordEmbedder
from tests.api.rows import Rows

EMBEDDER = WordEmbedder()
WORDS = ("refund", "parcel", "zeppelin", "invoice", "voucher", "return", "courier", "deposit")
TAGS = ("money", "travel", "post")


def embed(text: str) -> list[float]:
    return [float(value) for value in EMBEDDER.embed([text])[0]]


@dataclass
class Known:
    """An item as the model has it."""

    revision: int
    content: ArticleContent
    phrasings: list[str] = field(default_factory=list[str])
    active: bool = True

    def bodies(self) -> dict[str, str]:
        """Return the text of each passage with its source."""
        found = dict.fromkeys(self.phrasings, "phrasing")
        return found | dict.fromkeys(self.content.passages(), "content")


class History:
    """Publishes at random, and remembers what was known at each release."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now: dict[UUID, Known] = {}
        self.then: dict[int, dict[UUID, Known]] = {0: {}}

    async def go_on(self, connection: Connection, workspace: str) -> None:
        """Publish one change."""
        item_id = self.chance.choice(sorted(self.now)) if self.now else None
        then = self._earlier(item_id) if item_id and self.chance.random() < 0.3 else None
        if item_id and then:
            change = self._back(item_id, then)
        elif item_id is None or self.chance.random() < 0.35:
            change = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=self._content())
        else:
            change = self._of(item_id)
        asked = [f"{self._said()} please"] if self.chance.random() < 0.5 else []
        phrasings = [] if change.operation is Operation.RETIRE else asked
        passages = [publishing.Passage(body, embed(body)) for body in change.content.passages()]
        passages += [publishing.Passage(body, embed(body), "phrasing") for body in phrasings]
        item_id, release = await publishing.publish(
            connection,
            workspace,
            change,
            passages=passages,
            model=EMBEDDER.name,
            provenance=publishing.Provenance(approved_by=("dana",)),
            phrasings_until=then,
        )
        self._remember(item_id, change, phrasings, release, then)

    def _earlier(self, item_id: UUID) -> int | None:
        """Return a release at which agents saw the item, if there is one."""
        releases = [release for release, known in self.then.items() if item_id in known]
        return self.chance.choice(releases) if releases else None

    def _back(self, item_id: UUID, release: int) -> Change:
        return Change(
            kind=ItemKind.ARTICLE,
            operation=Operation.REVISE,
            item_id=item_id,
            base_revision=self.now[item_id].revision,
            content=self.then[release][item_id].content,
        )

    def _of(self, item_id: UUID) -> Change:
        """Return a revision or a retirement; a revision of what was retired restores it."""
        known = self.now[item_id]
        retires = known.active and self.chance.random() < 0.3
        assert known.content is not None
        return Change(
            kind=ItemKind.ARTICLE,
            operation=Operation.RETIRE if retires else Operation.REVISE,
            item_id=item_id,
            base_revision=known.revision,
            content=known.content if retires else self._content(),
        )

    def _remember(
        self,
        item_id: UUID,
        change: Change,
        phrasings: list[str],
        release: int,
        then: int | None,
    ) -> None:
        assert isinstance(change.content, ArticleContent)
        before = self.now.get(item_id)
        kept = self.then[then][item_id] if then else before
        said = [*(kept.phrasings if kept else []), *phrasings]
        revision = before.revision + 1 if before else 1
        active = change.operation is not Operation.RETIRE
        self.now[item_id] = Known(revision, change.content, said, active)
        self.then[release] = {key: known for key, known in self.now.items() if known.active}

    def _content(self) -> ArticleContent:
        tags = self.chance.sample(TAGS, k=self.chance.randint(0, 2))
        return ArticleContent(
            title=self._said(), question=self._said(), answer=self._said(), tags=tuple(tags)
        )

    def _said(self) -> str:
        return " ".join(self.chance.sample(WORDS, k=3))


@pytest.mark.parametrize("seed", range(3))
async def test_every_release_is_found_as_it_was(rows: Rows, seed: int) -> None:
    history = History(seed)
    async with rows.database.transaction(rows.workspace) as connection:
        for _ in range(30):
            await history.go_on(connection, rows.workspace)
        for release, known in history.then.items():
            query = history.chance.choice(WORDS)
            hits = await search(
                connection,
                rows.workspace,
                text=query,
                embedding=embed(query),
                model=EMBEDDER.name,
                k=50,
                as_of=release,
            )
            found = {hit.item.id: (hit.item.revision, hit.item.content) for hit in hits}
            assert found == {key: (item.revision, item.content) for key, item in known.items()}
            for hit in hits:
                assert known[hit.item.id].bodies()[hit.matched] == hit.source


@pytest.mark.parametrize("tag", TAGS)
async def test_tags_are_those_of_the_release(rows: Rows, tag: str) -> None:
    history = History(7)
    async with rows.database.transaction(rows.workspace) as connection:
        for _ in range(30):
            await history.go_on(connection, rows.workspace)
        for release, known in history.then.items():
            hits = await search(
                connection,
                rows.workspace,
                text="refund",
                embedding=embed("refund"),
                model=EMBEDDER.name,
                k=50,
                tags=[tag],
                as_of=release,
            )
            tagged = {key for key, item in known.items() if tag in item.content.tags}
            assert {hit.item.id for hit in hits} == tagged


async def test_the_newest_release_is_what_is_known_now(rows: Rows) -> None:
    history = History(11)
    async with rows.database.transaction(rows.workspace) as connection:
        for _ in range(30):
            await history.go_on(connection, rows.workspace)
        for word in WORDS:
            now, then = [
                await search(
                    connection,
                    rows.workspace,
                    text=word,
                    embedding=embed(word),
                    model=EMBEDDER.name,
                    k=5,
                    as_of=as_of,
                )
                for as_of in (None, max(history.then))
            ]
            assert now == then
