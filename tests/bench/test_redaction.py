"""That redaction finds as much as the README says, and that the measure counts right."""

from pathlib import Path

import pytest

from analysis.personal_data import PersonalDataKind, PersonalDataMatch
from bench.redaction import (
    RESULT,
    Half,
    Reading,
    RedactionReport,
    Sentence,
    errors,
    load_sentences,
    measure,
    render,
)

FLOORS = {
    "NAME": (0.9, 0.9),
    "EMAIL": (0.95, 0.95),
    "PHONE": (0.95, 0.9),
    "CARD": (0.95, 0.95),
    "ID": (0.95, 0.9),
    "ADDRESS": (0.85, 0.9),
    "all": (0.94, 0.93),
}
"""The least recall and precision on the half that no pattern was fitted to."""


@pytest.fixture(scope="module")
def report() -> RedactionReport:
    return measure(load_sentences())


def test_there_are_enough_sentences_and_many_without_personal_data() -> None:
    sentences = load_sentences()
    assert len(sentences) >= 300
    assert sum(not sentence.labels for sentence in sentences) >= len(sentences) / 3


@pytest.mark.parametrize("reading", list(Reading))
@pytest.mark.parametrize("kind", list(FLOORS))
def test_the_held_out_half_is_found(report: RedactionReport, kind: str, reading: Reading) -> None:
    figures = report.of(Half.HELD_OUT, reading).of(kind)
    recall, precision = FLOORS[kind]
    assert figures.recall >= recall
    assert figures.precision >= precision


def test_the_kept_figures_are_those_of_this_code(report: RedactionReport) -> None:
    assert RedactionReport.model_validate_json(RESULT.read_text(encoding="utf-8")) == report


def test_labels_are_read_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "sentences.txt"
    path.write_text("No data.\nI am [[NAME|Ann]], call [[PHONE|555]].\n", encoding="utf-8")
    clean, labelled = load_sentences(path)
    assert (clean.half, clean.labels) == (Half.HELD_OUT, ())
    assert labelled.half is Half.DEVELOPMENT
    assert labelled.text == "I am Ann, call 555."
    spans = [labelled.text[label.start : label.end] for label in labelled.labels]
    assert spans == ["Ann", "555"]


def test_half_a_span_is_not_found() -> None:
    name = PersonalDataKind.NAME
    text = "Hello, my name is Maria Keller and I wait."
    whole = PersonalDataMatch(name, 18, 30)
    beyond = PersonalDataMatch(name, 18, len(text) - 1)
    sentences = [Sentence(2, text, (whole,)), Sentence(4, text, (beyond,))]
    figures = measure(sentences).of(Half.DEVELOPMENT, Reading.ALONE).of("NAME")
    assert (figures.labelled, figures.found, figures.hidden, figures.right) == (2, 1, 2, 2)
    assert (figures.recall, figures.precision) == (0.5, 1.0)


def test_errors_of_the_held_out_half_are_never_shown() -> None:
    missed = PersonalDataMatch(PersonalDataKind.NAME, 0, 5)
    sentences = [Sentence(line, "Xyzzy came.", (missed,)) for line in (1, 2, 3)]
    assert list(errors(sentences)) == ["missed NAME 'Xyzzy': Xyzzy came."]


def test_the_table_says_what_it_counts(report: RedactionReport) -> None:
    assert render(report).startswith("415 sentences, labelled by hand\n")
