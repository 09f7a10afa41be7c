"""`python -m bench.redaction`: how much personal data redaction finds in hand-labelled sentences.

`redaction_sentences.txt` holds a sentence a line, its personal data marked as "[[NAME|Maria]]".
It was labelled before the patterns were looked at. Even lines are for development; the errors of
the odd lines, which are held out, are counted and never printed.
"""

import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel

from activities.case_file import known_values
from analysis.redaction import PersonalDataKind, PersonalDataMatch, Redactor
from domain.conversation import Submission

SENTENCES = Path(__file__).with_name("redaction_sentences.txt")
RESULT = Path(__file__).resolve().parent / "results" / "redaction.json"

_LABEL = re.compile(r"\[\[([A-Z_]+)\|(.+?)\]\]")
_ALL = "all"
_TIMED_ROUNDS = 5


class Half(StrEnum):
    """Which sentences are counted."""

    DEVELOPMENT = "development"
    HELD_OUT = "held out"


class Reading(StrEnum):
    """What redaction knows besides the sentence."""

    ALONE = "sentence alone"
    IN_CONVERSATION = "as a turn, with its fields known"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without its marks, and where its personal data is."""

    line: int
    text: str
    labels: tuple[PersonalDataMatch, ...]

    @property
    def half(self) -> Half:
        """Return the half that the sentence belongs to, by its line number from 1."""
        return Half.HELD_OUT if self.line % 2 else Half.DEVELOPMENT


class KindFigures(BaseModel):
    """Spans of one kind, or of all.

    A labelled span is found if placeholders of any kind cover all of its letters and digits. A
    hidden span is right if it overlaps a labelled one.
    """

    kind: str
    labelled: int
    found: int
    hidden: int
    right: int

    @property
    def recall(self) -> float:
        """Return the share of the labelled spans that is found."""
        return self.found / self.labelled if self.labelled else 1.0

    @property
    def precision(self) -> float:
        """Return the share of the hidden spans that is right."""
        return self.right / self.hidden if self.hidden else 1.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


class HalfFigures(BaseModel):
    """One half, read in one way. `clean` counts sentences without personal data."""

    half: Half
    reading: Reading
    sentences: int
    clean: int
    clean_left_alone: int
    found_as_its_kind: int
    kinds: list[KindFigures]

    def of(self, kind: str = _ALL) -> KindFigures:
        """Return the figures of a kind, or of all kinds together."""
        return next(each for each in self.kinds if each.kind == kind)


class RedactionReport(BaseModel):
    """The figures, as `bench/results/redaction.json` keeps them."""

    sentences: int
    halves: list[HalfFigures]

    def of(self, half: Half, reading: Reading) -> HalfFigures:
        """Return the figures of one half, read in one way."""
        return next(each for each in self.halves if each.half is half and each.reading is reading)


def load_sentences(path: Path = SENTENCES) -> list[Sentence]:
    """Return the labelled sentences. Raises ValueError for a label of an unknown kind."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_parsed(number, line) for number, line in enumerate(lines, 1)]


def _parsed(number: int, line: str) -> Sentence:
    parts: list[str] = []
    labels: list[PersonalDataMatch] = []
    last = length = 0
    for match in _LABEL.finditer(line):
        before = line[last : match.start()]
        start = length + len(before)
        length = start + len(match[2])
        labels.append(PersonalDataMatch(PersonalDataKind(match[1]), start, length))
        parts += (before, match[2])
        last = match.end()
    return Sentence(number, "".join([*parts, line[last:]]), tuple(labels))


def find(text: str, reading: Reading) -> list[PersonalDataMatch]:
    """Return what redaction hides in a sentence."""
    if reading is Reading.ALONE:
        return Redactor().find(text)
    role = "tool" if text.startswith("{") else "customer"
    submission = Submission.model_validate(
        {
            "source": "bench",
            "external_id": "bench",
            "conversation": [{"role": "customer", "text": "Hi"}, {"role": role, "text": text}],
            "resolution": {"reply": "Done."},
        }
    )
    return Redactor(known_values(submission)).find(text)


def measure(sentences: Sequence[Sentence]) -> RedactionReport:
    """Return the figures of both halves, read in both ways."""
    return RedactionReport(
        sentences=len(sentences),
        halves=[
            _half_figures([s for s in sentences if s.half is half], half, reading)
            for reading in Reading
            for half in Half
        ],
    )


def _half_figures(sentences: Sequence[Sentence], half: Half, reading: Reading) -> HalfFigures:
    hidden = [find(sentence.text, reading) for sentence in sentences]
    kinds = [kind.value for kind in PersonalDataKind]
    clean = [found for s, found in zip(sentences, hidden, strict=True) if not s.labels]
    as_kind = (
        label.kind in {each.kind for each in found if _overlap(each, label)}
        for sentence, found in zip(sentences, hidden, strict=True)
        for label in sentence.labels
        if _is_covered(label, found, sentence.text)
    )
    return HalfFigures(
        half=half,
        reading=reading,
        sentences=len(sentences),
        clean=len(clean),
        clean_left_alone=sum(not found for found in clean),
        found_as_its_kind=sum(as_kind),
        kinds=[_kind_figures(sentences, hidden, kind) for kind in [*kinds, _ALL]],
    )


def _kind_figures(
    sentences: Sequence[Sentence], hidden: Sequence[list[PersonalDataMatch]], kind: str
) -> KindFigures:
    labels = found = predicted = right = 0
    for sentence, matches in zip(sentences, hidden, strict=True):
        for label in _of_kind(sentence.labels, kind):
            labels += 1
            found += _is_covered(label, matches, sentence.text)
        for match in _of_kind(matches, kind):
            predicted += 1
            right += any(_overlap(match, label) for label in sentence.labels)
    return KindFigures(kind=kind, labelled=labels, found=found, hidden=predicted, right=right)


def _of_kind(matches: Iterable[PersonalDataMatch], kind: str) -> Iterator[PersonalDataMatch]:
    return (match for match in matches if kind in (_ALL, match.kind))


def _is_covered(label: PersonalDataMatch, matches: Iterable[PersonalDataMatch], text: str) -> bool:
    covered = {position for match in matches for position in range(match.start, match.end)}
    wanted = range(label.start, label.end)
    return all(position in covered for position in wanted if text[position].isalnum())


def _overlap(one: PersonalDataMatch, other: PersonalDataMatch) -> bool:
    return one.start < other.end and other.start < one.end


def errors(sentences: Iterable[Sentence]) -> Iterator[str]:
    """Yield what is missed and what is hidden wrongly in the development half, a line each."""
    for sentence in sentences:
        if sentence.half is Half.HELD_OUT:
            continue
        matches = find(sentence.text, Reading.IN_CONVERSATION)
        for label in sentence.labels:
            if not _is_covered(label, matches, sentence.text):
                span = sentence.text[label.start : label.end]
                yield f"missed {label.kind} {span!r}: {sentence.text}"
        for match in matches:
            if not any(_overlap(match, label) for label in sentence.labels):
                span = sentence.text[match.start : match.end]
                yield f"hidden {match.kind} {span!r}: {sentence.text}"


def render(report: RedactionReport) -> str:
    """Return the report as lines of text."""
    lines = [f"{report.sentences} sentences, labelled by hand"]
    for half in report.halves:
        lines += [
            "",
            f"{half.half}, {half.reading}: {half.sentences} sentences, "
            f"{half.clean_left_alone} of {half.clean} without personal data left alone, "
            f"{half.found_as_its_kind} of {half.of().found} found spans have their own kind",
            f"{'kind':14}{'labelled':>10}{'precision':>11}{'recall':>8}{'F1':>7}",
        ]
        lines += [
            f"{each.kind:14}{each.labelled:10}{each.precision:11.3f}{each.recall:8.3f}"
            f"{each.f1:7.3f}"
            for each in half.kinds
            if each.labelled or each.hidden
        ]
    return "\n".join(lines)


def milliseconds_each(sentences: Sequence[Sentence]) -> float:
    """Return the time that one sentence takes to redact, on this machine, the least of rounds."""
    rounds: list[float] = []
    for _ in range(_TIMED_ROUNDS):
        start = time.perf_counter()
        for sentence in sentences:
            Redactor().redact(sentence.text)
        rounds.append(time.perf_counter() - start)
    return min(rounds) / len(sentences) * 1000


def main(arguments: Sequence[str]) -> int:
    """Measure, print and keep; with "errors" print the errors of the development half instead."""
    sentences = load_sentences()
    if list(arguments) == ["errors"]:
        sys.stdout.writelines(f"{line}\n" for line in errors(sentences))
        return 0
    report = measure(sentences)
    RESULT.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    took = milliseconds_each(sentences)
    sys.stdout.write(f"{render(report)}\n\n{took:.2f} ms a sentence on this machine\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
