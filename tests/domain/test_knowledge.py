"""Items, their contents by kind, and changes with the hash that is approved."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.knowledge import (
    CONTENT_OF_KIND,
    ArticleContent,
    Change,
    Item,
    ItemKind,
    ItemStatus,
    Operation,
    PolicyContent,
    ToolConnectionContent,
    parse_content,
)
from tests.domain.builders import change, content
from tests.domain.strategies import changes, json_objects, words

kinds = pytest.mark.parametrize("kind", ItemKind)
ITEM = UUID(int=7)


def tool(**schema: Any) -> Change:
    """Return the addition of a tool with this input schema."""
    body = content(ItemKind.TOOL_CONNECTION).model_dump()
    body["tools"][0]["input_schema"] = {"type": "object", **schema}
    return Change.model_validate({"kind": "tool_connection", "operation": "add", "content": body})


def test_every_kind_has_its_content() -> None:
    assert set(CONTENT_OF_KIND) == set(ItemKind)


@kinds
def test_content_is_read_by_kind(kind: ItemKind) -> None:
    read = parse_content(kind, content(kind).model_dump(mode="json"))
    assert type(read) is CONTENT_OF_KIND[kind]
    assert read == content(kind)


@kinds
@pytest.mark.parametrize("other", ItemKind)
def test_content_of_another_kind_is_refused(kind: ItemKind, other: ItemKind) -> None:
    if kind is other:
        return
    for given_content in (content(other), content(other).model_dump(mode="json")):
        with pytest.raises(ValidationError):
            Change.model_validate({"kind": kind, "operation": "add", "content": given_content})


@pytest.mark.parametrize("kind", [None, 1, [], {}, "", "articles"])
def test_a_kind_that_is_none_is_refused_not_raised(kind: object) -> None:
    body = {"kind": kind, "operation": "add", "content": content().model_dump()}
    with pytest.raises(ValidationError):
        Change.model_validate(body)


@pytest.mark.parametrize("body", [None, 1, [], {}, {"kind": "article", "content": None}])
def test_what_is_no_change_is_refused(body: object) -> None:
    with pytest.raises(ValidationError):
        Change.model_validate(body)


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("item_id", [None, ITEM])
@pytest.mark.parametrize("base", [None, 1, 3])
def test_a_change_names_its_base_unless_it_adds(
    operation: Operation, item_id: UUID | None, base: int | None
) -> None:
    body = {
        "kind": "article",
        "operation": operation,
        "item_id": item_id,
        "base_revision": base,
        "content": content(),
    }
    adds = item_id is None and base is None
    based = item_id is not None and base is not None
    if adds if operation is Operation.ADD else based:
        assert Change.model_validate(body).item_id == item_id
    else:
        with pytest.raises(ValidationError):
            Change.model_validate(body)


def test_revisions_count_from_one() -> None:
    body = {"kind": "article", "operation": "revise", "item_id": ITEM, "content": content()}
    with pytest.raises(ValidationError, match="base_revision"):
        Change.model_validate({**body, "base_revision": 0})


@given(changes)
def test_a_change_and_its_hash_survive_json(given_change: Change) -> None:
    read = Change.model_validate_json(given_change.model_dump_json())
    assert read == given_change
    assert read.content_hash() == given_change.content_hash()


@given(json_objects, st.randoms())
def test_a_tools_schema_is_hashed_whole_and_in_any_order(schema: Any, random: Any) -> None:
    assume("type" not in schema)
    keys = list(schema)
    random.shuffle(keys)
    shuffled = {key: schema[key] for key in keys}
    assert tool(**{"x": shuffled}).content_hash() == tool(**{"x": schema}).content_hash()
    assert tool(**{"x": schema, "y": 1}).content_hash() != tool(**{"x": schema}).content_hash()


@given(words, words)
def test_another_text_has_another_hash(one: str, other: str) -> None:
    a, b = one.strip() or "a", other.strip() or "b"
    assume(a.strip() != b.strip())
    assert change(text=a).content_hash() != change(text=b).content_hash()


def test_every_field_of_a_change_is_in_its_hash() -> None:
    first = {"kind": "article", "operation": "revise", "item_id": ITEM, "base_revision": 1}
    body: dict[str, Any] = {**first, "content": content().model_dump()}
    variants: list[dict[str, Any]] = [
        body,
        {**body, "operation": "retire"},
        {**body, "item_id": UUID(int=8)},
        {**body, "base_revision": 2},
        *(
            {**body, "content": {**body["content"], field: value}}
            for field, value in (
                ("title", "Other"),
                ("question", "Other?"),
                ("answer", "Other."),
                ("tags", ("a",)),
                ("tags", ("a", "b")),
                ("tags", ("b", "a")),
            )
        ),
    ]
    hashes = {Change.model_validate(variant).content_hash() for variant in variants}
    assert len(hashes) == len(variants)


def test_the_hash_does_not_depend_on_who_wrote_the_number() -> None:
    assert tool(maximum=1.0).content_hash() == tool(maximum=1).content_hash()
    assert tool(maximum=1e16).content_hash() == tool(maximum=10**16).content_hash()
    assert tool(const=True).content_hash() != tool(const=1).content_hash()


@pytest.mark.parametrize("kind", ["string", None, ["object"], "Object"])
def test_a_tool_takes_an_object(kind: object) -> None:
    with pytest.raises(ValidationError, match="input_schema"):
        tool(type=kind)


@pytest.mark.parametrize("value", [float("nan"), "\0", 10**400])
def test_a_tools_schema_can_be_stored(value: object) -> None:
    with pytest.raises(ValidationError, match="input_schema"):
        tool(default=value)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ä", "a" * 129, "a\n"])
def test_a_tools_name_is_safe(name: str) -> None:
    body = content(ItemKind.TOOL_CONNECTION).model_dump()
    body["tools"][0]["name"] = name
    with pytest.raises(ValidationError, match="name"):
        parse_content(ItemKind.TOOL_CONNECTION, body)


@kinds
def test_every_content_has_a_title_that_search_finds(kind: ItemKind) -> None:
    given_content = content(kind)
    assert given_content.title
    assert given_content.title in given_content.search_text()
    assert "Within 30 days." in given_content.search_text()


@kinds
def test_search_text_has_no_empty_lines(kind: ItemKind) -> None:
    assert all(content(kind).search_text().splitlines())


@kinds
def test_an_item_survives_json_with_its_kind(kind: ItemKind) -> None:
    item = Item(id=uuid4(), kind=kind, status=ItemStatus.ACTIVE, revision=1, content=content(kind))
    read = Item.model_validate_json(item.model_dump_json())
    assert read == item
    assert isinstance(read.content, ArticleContent | PolicyContent | ToolConnectionContent)
