"""`python -m bench.search_quality`: how good search is, as a table.

The hit rate of the documents that rho_bank's tasks require, and what confidences are worth.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from bench.airline_data import data_folder
from bench.calibration import CalibrationReport, figures_line, hit_figures, measure
from bench.calibration import render as render_calibration
from bench.calibration_data import Question, load_questions
from bench.calibration_figures import CalibrationFigures
from bench.calibration_fit import Trials
from bench.calibration_worlds import build_corpus, trials_of
from bench.search_quality_data import (
    MOST,
    Document,
    Passages,
    Task,
    lexical_ranks,
    load_documents,
    load_tasks,
    search_full_text,
)
from domain.knowledge import ArticleContent
from domain.ranking import LEXICAL_WEIGHT, calibration_of
from embedded.postgres import EmbeddedPostgres
from gateways.embeddings import Embedder, load_embedder

Floats = NDArray[np.float64]

RESULT = Path(__file__).resolve().parent / "results" / "search_quality.json"


class Asked(StrEnum):
    """What is searched for in a task."""

    OPENING = "opening question"
    SCENARIO = "whole scenario"
    CONVERSATION = "all its questions"


class Method(StrEnum):
    """How the documents are found."""

    FULL_TEXT = "full text"
    VECTOR = "vector"
    UNCUT = "hybrid, answers uncut"
    HYBRID = "hybrid"


class HitRates(BaseModel):
    """Of the required documents the share that is found, and of the tasks those with any found.

    Means over the tasks. With `Asked.CONVERSATION` a document is found if any of the task's
    questions finds it.
    """

    asked: Asked
    method: Method
    share_at_5: float
    share_at_10: float
    any_at_5: float
    any_at_10: float


class QualityReport(BaseModel):
    """The quality of search, as `bench/results/search_quality.json` keeps it.

    `most_at_5` and `most_at_10` are the shares that a perfect search of one question would find:
    tasks require up to 25 documents.
    """

    model: str
    documents: int
    passages: int
    tasks: int
    questions: int
    most_at_5: float
    most_at_10: float
    hit_rates: list[HitRates]
    required_first: CalibrationFigures
    calibration: CalibrationReport


@dataclass(frozen=True)
class QualityData:
    """What quality is measured on."""

    documents: Sequence[Document]
    tasks: Sequence[Task]
    labelled: Sequence[Question]


def load_data(folder: Path) -> QualityData:
    """Return the data in the folder; raises FileNotFoundError where some is absent."""
    return QualityData(load_documents(folder), load_tasks(folder), load_questions(folder))


async def measure_quality(url: str, embedder: Embedder, data: QualityData) -> QualityReport:
    """Return the figures; `url` is any Postgres, of which only temporary tables are used.

    Takes minutes, most of them to embed.
    """
    documents, tasks = data.documents, data.tasks
    constants = calibration_of(embedder.name)
    corpus = await build_corpus(data.labelled, embedder, url)
    questions = questions_of(tasks)
    cut = Passages(documents, ArticleContent.passages)
    ranks = await _ranks(url, embedder, questions, cut, documents)
    found = _named(ranks, questions, documents)
    full_text = await search_full_text(url, documents, questions)
    found[Method.FULL_TEXT] = dict(zip(questions, full_text, strict=True))
    first = _first_hits(tasks, questions, documents, ranks[Method.HYBRID])
    return QualityReport(
        model=embedder.name,
        documents=len(documents),
        passages=len(cut.texts),
        tasks=len(tasks),
        questions=len(questions),
        most_at_5=_mean([min(5 / len(task.required_documents), 1) for task in tasks]),
        most_at_10=_mean([min(10 / len(task.required_documents), 1) for task in tasks]),
        hit_rates=[
            hit_rates(tasks, asked, method, found[method]) for asked in Asked for method in Method
        ],
        required_first=hit_figures(first, constants, hits=1),
        calibration=measure(corpus, constants),
    )


def questions_of(tasks: Sequence[Task]) -> list[str]:
    """Return all that is searched for in the tasks, each text once."""
    asked = {each for task in tasks for each in (task.customer_scenario, *task.questions())}
    return sorted(asked)


def _named(
    ranks: Mapping[Method, Floats], questions: Sequence[str], documents: Sequence[Document]
) -> dict[Method, dict[str, list[str]]]:
    """Return for each method and question the documents of the highest rank, best first."""
    found: dict[Method, dict[str, list[str]]] = {}
    for method, table in ranks.items():
        orders: list[list[int]] = np.argsort(-table, axis=1)[:, :MOST].tolist()
        found[method] = {
            question: [documents[number].id for number in order]
            for question, order in zip(questions, orders, strict=True)
        }
    return found


async def _ranks(
    url: str,
    embedder: Embedder,
    questions: Sequence[str],
    cut: Passages,
    documents: Sequence[Document],
) -> dict[Method, Floats]:
    """Return the rank of each document for each question, a question a row."""
    uncut = Passages(documents, lambda article: (article.title, _uncut(article)))
    vectors = embedder.embed(questions)
    similar = vectors @ embedder.embed(cut.texts).T
    similar_uncut = vectors @ embedder.embed(uncut.texts).T
    words = await lexical_ranks(url, questions, cut.texts)
    words_uncut = await lexical_ranks(url, questions, uncut.texts)
    return {
        Method.VECTOR: cut.best(similar),
        Method.UNCUT: uncut.best(similar_uncut + LEXICAL_WEIGHT * words_uncut),
        Method.HYBRID: cut.best(similar + LEXICAL_WEIGHT * words),
    }


def _uncut(article: ArticleContent) -> str:
    return f"{article.title}\n{article.answer}"


def hit_rates(
    tasks: Sequence[Task], asked: Asked, method: Method, found: Mapping[str, Sequence[str]]
) -> HitRates:
    """Return the hit rates of a method that found these documents, best first, by question."""

    def share(task: Task, most: int) -> float:
        hits = {document for each in asked_in(task, asked) for document in found[each][:most]}
        return len(hits & task.required_documents) / len(task.required_documents)

    at_5, at_10 = ([share(task, most) for task in tasks] for most in (5, 10))
    return HitRates(
        asked=asked,
        method=method,
        share_at_5=_mean(at_5),
        share_at_10=_mean(at_10),
        any_at_5=_mean([each > 0 for each in at_5]),
        any_at_10=_mean([each > 0 for each in at_10]),
    )


def asked_in(task: Task, asked: Asked) -> list[str]:
    """Return what is searched for in the task."""
    match asked:
        case Asked.OPENING:
            return task.questions()[:1]
        case Asked.SCENARIO:
            return [task.customer_scenario]
        case Asked.CONVERSATION:
            return task.questions()


def _first_hits(
    tasks: Sequence[Task],
    questions: Sequence[str],
    documents: Sequence[Document],
    ranks: Floats,
) -> Trials:
    """Return each question of each task as a search, where a required document is right."""
    place = {question: row for row, question in enumerate(questions)}
    rows = [(task, place[question]) for task in tasks for question in task.questions()]
    right = [[document.id in task.required_documents for document in documents] for task, _ in rows]
    return trials_of(ranks[[row for _, row in rows]], np.array(right))


def _mean(numbers: Sequence[float]) -> float:
    return round(fmean(numbers), 3)


def render(report: QualityReport) -> str:
    """Return the report as lines of text: the hit rates, then the calibration."""
    r = report
    lines = [
        f"{r.documents} documents in {r.passages} passages, {r.questions} questions of "
        f"{r.tasks} tasks; a perfect search of one finds {r.most_at_5:.3f}, {r.most_at_10:.3f}",
        f"{'required documents':24}{'':24}{'found@5':>9}{'found@10':>9}{'any@5':>9}{'any@10':>9}",
    ]
    lines += [
        f"{each.asked:24}{each.method:24}{each.share_at_5:9.3f}{each.share_at_10:9.3f}"
        f"{each.any_at_5:9.3f}{each.any_at_10:9.3f}"
        for each in r.hit_rates
    ]
    required = figures_line("rho_bank, first is required", r.required_first)
    return "\n".join([*lines, "", render_calibration(r.calibration), "", required])


async def _run(data: QualityData) -> QualityReport:
    async with EmbeddedPostgres() as postgres:
        return await measure_quality(postgres.url, load_embedder(), data)


def main() -> int:
    """Measure, print and keep; return 1 where the data is not to be found."""
    try:
        data = load_data(data_folder())
    except FileNotFoundError as error:
        sys.stderr.write(f"bench: {error.filename} is not there: set LEARNING_LOOP_DATA\n")
        return 1
    report = asyncio.run(_run(data))
    RESULT.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(render(report) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
