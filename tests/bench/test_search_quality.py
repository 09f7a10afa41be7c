"""The arithmetic of the quality bench, and that it runs on data of the real files' form."""

import csv
import json
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from bench.calibration_data import MOST_OF_AN_INTENT, Source, load_questions
from bench.calibration_figures import figures_of
from bench.calibration_fit import Trials, confidence_table, fit
from bench.calibration_words import read_words
from bench.calibration_worlds import Half, article_of, build_corpus, half_of, trials_of, worlds
from bench.search_quality import (
    Asked,
    Method,
    QualityReport,
    asked_in,
    hit_rates,
    load_data,
    main,
    measure_quality,
    render,
)
from bench.search_quality_data import Document, Passages, Task, search_full_text
from domain.ranking import CALIBRATIONS, RIVALS, Calibration, Candidate, confidences, rank
from embedded.postgres import EmbeddedPostgres

MODEL = "all-MiniLM-L6-v2"
WORDS = ("card", "refund", "transfer", "limit", "fee", "top", "cash", "rate", "order", "pin")


class WordsEmbedder:
    """A vector for each text by the words that it has: near where words are shared."""

    name = MODEL
    dimension = 64

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.full((len(texts), self.dimension), 0.1, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().replace("?", "").replace(".", "").split():
                row[sum(word.encode()) % self.dimension] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
async def postgres_url() -> AsyncGenerator[str]:
    """A Postgres without tables: all that the bench asks for."""
    async with EmbeddedPostgres() as postgres:
        yield postgres.url


def task(scenario: str = "A customer.", *required: str) -> Task:
    return Task(
        task_id="t", customer_scenario=scenario, required_documents=frozenset(required or ("a",))
    )


def write_questions(folder: Path) -> None:
    """Write both sets of questions: an intent for each word, and some of none."""
    for name, head, prefix in (
        (Source.BANKING, ("text", "category"), "bank"),
        (Source.CLINC, ("split", "text", "intent"), "shop"),
    ):
        rows = [
            (f"where is my {word} of {prefix} number {n}?", f"{prefix}_{word}")
            for word in WORDS
            for n in range(30)
        ]
        if name is Source.CLINC:
            rows += [(f"tell me story {n}", "oos") for n in range(60)]
        with (folder / name.value).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            writer.writerows(("train", *row) if len(head) == 3 else row for row in rows)


def write_rho_bank(folder: Path) -> None:
    documents = [
        {"id": word, "title": f"The {word}", "content": f"All about the {word}."} for word in WORDS
    ]
    tasks = [
        {
            "task_id": word,
            "customer_scenario": f'You say: "Hello, what about the {word} please?"',
            "required_documents": [word],
        }
        for word in WORDS
    ]
    for name, lines in (("documents", documents), ("tasks", tasks)):
        text = "\n".join(map(json.dumps, lines))
        (folder / f"rho_bank_{name}.jsonl").write_text(text + "\n", encoding="utf-8")


def test_confidences_that_come_true_have_no_error():
    figures = figures_of(
        [0.25] * 4 + [0.75] * 4, [True, False, False, False, True, True, True, False]
    )
    assert figures.ece == 0
    assert figures.brier == pytest.approx(0.1875)


def test_the_calibration_error_is_the_mean_distance_from_what_came_true():
    assert figures_of([0.9, 0.9, 0.1, 0.1], [True, False, False, False]).ece == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("right", "auc"),
    [
        ([True, True, False, False], 1),
        ([False, False, True, True], 0),
        ([True, True, True, True], 0.5),
    ],
)
def test_the_auc_is_the_chance_that_a_right_hit_is_surer(right: list[bool], auc: float):
    assert figures_of([0.9, 0.8, 0.2, 0.1], right).auc == auc


def test_equal_confidences_tell_nothing_apart():
    assert figures_of([0.4, 0.4], [True, False]).auc == 0.5


def test_accuracy_is_of_the_hits_that_are_sure_enough():
    at_half, *_, at_nine_tenths = figures_of([0.6, 0.95, 0.2], [False, True, True]).accepted
    assert (at_half.accuracy, at_half.share) == (0.5, pytest.approx(0.6667))
    assert at_nine_tenths.accuracy == 1


def test_the_reliability_table_counts_every_hit_once():
    table = figures_of([0, 0.05, 0.55, 1], [False, False, True, True]).reliability
    assert [(row.low, row.count) for row in table] == [(0.0, 2), (0.5, 1), (0.9, 1)]


def test_the_table_of_confidences_is_what_search_would_say():
    found = [Candidate(0.7), Candidate(0.6, 0.4, "phrasing"), Candidate(0.2)]
    ranks = np.array([[rank(each) for each in found]])
    trials = trials_of(ranks, np.zeros_like(ranks, dtype=bool))
    table = confidence_table(trials, CALIBRATIONS[MODEL])
    assert list(table[0, :3]) == pytest.approx(confidences(found, MODEL))


def test_trials_are_sorted_and_filled_up():
    trials = trials_of(np.array([[0.1, 0.8]]), np.array([[True, False]]))
    assert trials.ranks.shape == (1, RIVALS + 1)
    assert list(trials.ranks[0, :2]) == [0.8, 0.1]
    assert list(trials.right[0, :2]) == [0, 1]
    assert np.isnan(trials.right[0, 2:]).all()


def test_the_fit_finds_the_constants_that_made_the_answers():
    chance = np.random.default_rng(5)
    ranks = -np.sort(-chance.uniform(0, 1, (4000, RIVALS + 1)), axis=1)
    true = Calibration(-4, 9, -5, 8, 0.9)
    sure = confidence_table(Trials(ranks, np.zeros_like(ranks)), true)
    trials = Trials(ranks, (chance.uniform(size=sure.shape) < sure).astype(float))
    assert np.abs(confidence_table(trials, fit(trials)) - sure).max() < 0.05


async def test_words_are_ranked_as_postgres_ranks_them(postgres_url: str):
    texts = [
        "My card, the blue card",
        "Is the limit daily?",
        "the card card card",
        "nothing",
    ]
    words = await read_words(postgres_url, texts)
    places = np.arange(len(texts))
    sql = (
        "SELECT ts_rank('{1,1,1,1}', to_tsvector('english', %s),"
        " replace(plainto_tsquery('english', %s)::text, ' & ', ' | ')::tsquery)"
    )
    async with await psycopg.AsyncConnection.connect(postgres_url) as connection:
        for query, row in zip(texts, words.rank(places, places), strict=True):
            for passage, ranked in zip(texts, row, strict=True):
                cursor = await connection.execute(sql, [passage, query])
                expected = await cursor.fetchone()
                assert expected == (pytest.approx(float(ranked), abs=1e-5),)


def test_at_most_some_questions_of_an_intent_are_used(tmp_path: Path):
    write_questions(tmp_path)
    with (tmp_path / Source.BANKING.value).open("a", encoding="utf-8") as file:
        file.writelines(f"what of pin {n},bank_pin\n" for n in range(50))
    questions = load_questions(tmp_path)
    assert sum(each.intent == "bank_pin" for each in questions) == MOST_OF_AN_INTENT


def test_an_article_is_made_of_the_name_of_its_intent():
    article = article_of("Refund_not_showing_up")
    assert (article.title, article.question) == (
        "Refund not showing up",
        "What about Refund not showing up?",
    )


def test_the_halves_share_nothing_and_are_all():
    names = np.array([f"intent {n}" for n in range(9)])
    fitted, held_out = (set(half_of(names, half).tolist()) for half in Half)
    assert not fitted & held_out
    assert fitted | held_out == set(names.tolist())


async def test_some_searches_have_an_answer_and_some_have_none(postgres_url: str, tmp_path: Path):
    write_questions(tmp_path)
    corpus = await build_corpus(load_questions(tmp_path), WordsEmbedder(), postgres_url)
    for world in worlds(corpus, Half.HELD_OUT):
        answers = np.nansum(world.trials.right, axis=1)
        assert set(answers.tolist()) == {0, 1}


def test_questions_are_what_the_customer_is_quoted_to_say():
    scenario = (
        'You are "Kim". **Opening:** "Hi, my card was declined today." Then: "Thanks a lot." '
        "\u201cCan you also raise my limit?\u201d"
    )
    assert task(scenario).questions() == [
        "Hi, my card was declined today.",
        "Can you also raise my limit?",
    ]


def test_a_task_that_quotes_nobody_is_its_own_question():
    assert task("You want a card.").questions() == ["You want a card."]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(Asked.OPENING, 1), (Asked.SCENARIO, 1), (Asked.CONVERSATION, 2)],
)
def test_what_is_searched_for_in_a_task(asked: Asked, expected: int):
    said = task('"My card was declined again today." "Please raise the limit of it."')
    assert len(asked_in(said, asked)) == expected


def test_hit_rates_are_shares_of_the_required_documents():
    scenario = "What is it?"
    tasks = [task(scenario, "a", "b"), task(scenario, "z")]
    found = {scenario: ["x", "a", "y", "w", "v", "b"]}
    rates = hit_rates(tasks, Asked.SCENARIO, Method.HYBRID, found)
    assert (rates.share_at_5, rates.share_at_10) == (0.25, 0.5)
    assert (rates.any_at_5, rates.any_at_10) == (0.5, 0.5)


def test_a_document_is_found_by_its_best_passage():
    documents = [Document(id=name, title=name, content="Text.") for name in "ab"]
    passages = Passages(documents, lambda article: (article.title, article.answer))
    assert passages.texts == ["a", "Text.", "b", "Text."]
    best = passages.best(np.array([[0.1, 0.4, 0.3, 0.2]]))
    assert list(best[0]) == [0.4, 0.3]


async def test_full_text_finds_by_any_word_and_orders_by_rank(postgres_url: str):
    documents = [
        Document(id="one", title="Cards", content="A lost card."),
        Document(id="both", title="Cards", content="A lost card and its limit."),
        Document(id="none", title="Loans", content="Interest."),
    ]
    found = await search_full_text(postgres_url, documents, ["limit of a card?", "well-known loan"])
    assert found == [["both", "one"], ["none"]]


async def test_the_report_has_every_method_and_survives_its_json(postgres_url: str, tmp_path: Path):
    write_questions(tmp_path)
    write_rho_bank(tmp_path)
    report = await measure_quality(postgres_url, WordsEmbedder(), load_data(tmp_path))
    assert len(report.hit_rates) == len(Asked) * len(Method)
    assert {each.any_at_5 for each in report.hit_rates if each.method is Method.HYBRID} == {1}
    assert QualityReport.model_validate_json(report.model_dump_json()) == report
    assert "hybrid, answers uncut" in render(report)


def test_where_the_data_is_absent_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LEARNING_LOOP_DATA", str(tmp_path))
    assert main() == 1
    assert "LEARNING_LOOP_DATA" in capsys.readouterr().err
