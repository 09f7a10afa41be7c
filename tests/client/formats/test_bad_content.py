"""Whatever a file holds, reading it tells of it and never fails."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.formats.front_matter import FrontMatterError, read
from client.formats.jsonl import read_lines
from client.formats.markdown import read_document
from domain.knowledge import ItemKind
from tests.client.formats.strategies import pieces
from tests.domain.strategies import json_values

keys = st.sampled_from(
    ["id", "kind", "title", "name", "tags", "tools", "rule", "phrasings", "revision", "x"]
) | st.just('"\\ud800"')
values = (
    pieces
    | st.sampled_from(['"\\ud800"', '"\\U00110000"', '"\\UFFFFFFFF"', "9" * 5000, "1e999"])
    | st.sampled_from(["!!int x", "!!float .nan", "[{name: a}]", "{a: {b: [c]}}", "{? [a] : b}"])
    | st.sampled_from(["{1: 2, 1: 3}", "\n  - a\n  - {b: c}", "|\n  a"])
)
headers = st.lists(st.builds("{}: {}".format, keys, values) | pieces, max_size=6).map("\n".join)


@given(headers, pieces, st.sampled_from([None, *ItemKind]))
def test_any_front_matter(header: str, body: str, kind: ItemKind | None) -> None:
    raw = f"---\n{header}\n---\n{body}".encode(errors="surrogatepass")

    assert read_document(raw, "x.md", kind)


@given(st.binary(max_size=40))
def test_any_bytes(raw: bytes) -> None:
    assert read_document(raw, "x.md", None)
    assert len(list(read_lines(io.BytesIO(raw), "x.jsonl"))) <= 100


@given(st.dictionaries(st.sampled_from(["id", "kind", "content", "phrasings"]), json_values))
def test_any_object_as_a_line(fields: dict[str, object]) -> None:
    assert list(read_lines(io.BytesIO(json.dumps(fields).encode()), "x.jsonl"))


@pytest.mark.parametrize("value", ['"\\U00110000"', '"\\UFFFFFFFF"'])
def test_an_escape_beyond_unicode_is_a_problem(value: str) -> None:
    with pytest.raises(FrontMatterError, match="character"):
        read(f"title: {value}\n")
