"""rho_bank's documents and tasks, from tau2-bench (Sierra, MIT), and how they are searched.

They lie outside the repository; `$LEARNING_LOOP_DATA` or `../shared/data` is where they are.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection
from pydantic import BaseModel

from bench.calibration_words import read_words
from domain.knowledge import ArticleContent

MOST = 10
"""Documents of a search that are looked at."""

_SAID = re.compile(r'["\u201c]([^"\u201c\u201d\n]{20,})["\u201d]')
_LEAST_WORDS = 5

_CREATE = """
CREATE TEMPORARY TABLE quality_documents ON COMMIT DROP AS
SELECT number - 1 AS number, to_tsvector('english', body) AS words
FROM unnest(%s::text[]) WITH ORDINALITY AS d (body, number)
"""

_FULL_TEXT = """
SELECT number FROM quality_documents, cast(
    regexp_replace(plainto_tsquery('english', %(question)s)::text, ' (&|<->) ', ' | ', 'g')
    AS tsquery) AS asked
WHERE words @@ asked ORDER BY ts_rank(words, asked) DESC, number LIMIT %(most)s
"""


class Document(BaseModel):
    """One line of the documents."""

    id: str
    title: str
    content: str

    def article(self) -> ArticleContent:
        """Return it as an article; the data has no questions, so its title stands for one."""
        return ArticleContent(title=self.title, question=self.title, answer=self.content)


class Task(BaseModel):
    """One line of the tasks: what a customer wants, and the documents that this takes."""

    task_id: str
    customer_scenario: str
    required_documents: frozenset[str]

    def questions(self) -> list[str]:
        """Return what the customer is quoted to say, or the whole scenario for want of that."""
        said = [text.strip() for text in _SAID.findall(self.customer_scenario)]
        said = [text for text in said if len(text.split()) >= _LEAST_WORDS]
        return list(dict.fromkeys(said)) or [self.customer_scenario]


def load_documents(folder: Path) -> list[Document]:
    """Return all documents; raises FileNotFoundError where they are absent."""
    return [Document.model_validate_json(line) for line in _lines(folder, "documents")]


def load_tasks(folder: Path) -> list[Task]:
    """Return all tasks; raises FileNotFoundError where they are absent."""
    return [Task.model_validate_json(line) for line in _lines(folder, "tasks")]


def _lines(folder: Path, name: str) -> list[str]:
    text = (folder / f"rho_bank_{name}.jsonl").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip()]


class Passages:
    """The passages that documents are found by."""

    def __init__(
        self,
        documents: Sequence[Document],
        passages_of: Callable[[ArticleContent], tuple[str, ...]],
    ) -> None:
        of_each = [dict.fromkeys(passages_of(document.article())) for document in documents]
        self.texts = [text for texts in of_each for text in texts]
        self._starts = np.cumsum([0, *(len(texts) for texts in of_each[:-1])])

    def best(self, ranks: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return of each row, with a rank a passage, the best rank of each document."""
        return np.maximum.reduceat(ranks, self._starts, axis=1).astype(np.float64)


async def lexical_ranks(
    url: str, questions: Sequence[str], passages: Sequence[str]
) -> NDArray[np.float32]:
    """Return the lexical rank of each passage for each question, a question a row."""
    words = await read_words(url, [*questions, *passages])
    rows = np.arange(len(questions) + len(passages))
    return words.rank(rows[: len(questions)], rows[len(questions) :])


async def search_full_text(
    url: str, documents: Sequence[Document], questions: Sequence[str]
) -> list[list[str]]:
    """Return the ids of what plain full text of Postgres finds for each question, best first.

    A document is found by any of the question's words, and ordered by `ts_rank`.
    """
    bodies = [f"{document.title}\n{document.content}" for document in documents]
    async with await AsyncConnection.connect(url) as connection:
        await connection.execute(_CREATE, [bodies])
        found: list[list[str]] = []
        for question in questions:
            cursor = await connection.execute(_FULL_TEXT, {"question": question, "most": MOST})
            rows: list[tuple[int]] = await cursor.fetchall()
            found.append([documents[number].id for (number,) in rows])
        return found
