"""JSON lines: what is written reads back, and a bad line is told while the rest goes in."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.errors import ConfigurationError
from client.formats import jsonl
from client.formats.entry import FileProblem, ReadEntry
from domain.imports import KnowledgeEntry
from domain.knowledge import ItemKind
from tests.client.formats.strategies import entries
from tests.domain.builders import content

LINE = (
    KnowledgeEntry(kind=ItemKind.ARTICLE, content=content()).model_dump_json(exclude_none=True)
).encode()


@given(st.lists(entries, max_size=3))
def test_what_is_written_reads_back_as_it_was(written: list[KnowledgeEntry]) -> None:
    out = io.BytesIO()

    assert jsonl.write_lines(written, out) == len(written)
    out.seek(0)
    assert list(jsonl.read_lines(out, "k.jsonl")) == [
        ReadEntry(file="k.jsonl", line=number, entry=entry)
        for number, entry in enumerate(written, start=1)
    ]


@pytest.mark.parametrize(
    ("line", "problems"),
    [
        (b"{", ["k.jsonl, line 2: must be valid JSON in UTF-8"]),
        (b"[" * 100_000, ["k.jsonl, line 2: must be valid JSON in UTF-8"]),
        (b"[]", ["k.jsonl, line 2: must be a JSON object"]),
        (b'{"kind": "article"}', ["k.jsonl, line 2: content is required"]),
        (
            b'{"kind": "article", "revison": 2, "content": {"title": "", "question": 1}}',
            [
                "k.jsonl, line 2: revison is not known here; did you mean 'revision'?",
                "k.jsonl, line 2: content.title must not be empty",
                "k.jsonl, line 2: content.question must be a text",
                "k.jsonl, line 2: content.answer is required",
            ],
        ),
        (
            b'{"kind": "x", "content": {}}',
            ["k.jsonl, line 2: kind must be one of 'article', 'policy' or 'tool_connection'"],
        ),
        (
            b'{"kind": "article", "content": 3}',
            ["k.jsonl, line 2: content must be a JSON object"],
        ),
    ],
    ids=range(7),
)
def test_a_bad_line_is_told_and_the_rest_goes_in(line: bytes, problems: list[str]) -> None:
    outcomes = list(jsonl.read_lines(io.BytesIO(LINE + b"\n" + line + b"\n\n" + LINE), "k.jsonl"))

    told = [outcome.in_short() for outcome in outcomes if isinstance(outcome, FileProblem)]
    assert told == problems
    assert [outcome.line for outcome in outcomes if isinstance(outcome, ReadEntry)] == [1, 4]


def test_a_line_that_is_too_long_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", len(LINE) + 1)
    long = b'{"kind": "' + b"x" * 3 * len(LINE) + b'"}'
    outcomes = list(jsonl.read_lines(io.BytesIO(b"\n".join([LINE, long, LINE])), "k.jsonl"))

    assert [type(outcome) for outcome in outcomes] == [ReadEntry, FileProblem, ReadEntry]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"k\.jsonl: no such file"):
        jsonl.read_file(tmp_path / "k.jsonl")
