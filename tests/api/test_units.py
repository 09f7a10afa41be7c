"""The small pure parts: differences, marks, words, cursors, limits, sessions."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from api.diffs import Edit, ToolEffect, diff_contents, diff_lines, diff_texts, diff_tools
from api.fields import field_path
from api.login_limits import MAX_FAILURES, WINDOW_SECONDS, LoginLimits
from api.pages.effects import effect_of
from api.pages.marks import Note, NoteKind, cut_at, find_spans
from api.pages.templates import render
from api.pages.words import distance
from api.paging import decode_cursor, encode_cursor
from api.sessions import Session, Sessions
from domain.knowledge import (
    Access,
    ItemKind,
    Operation,
    ToolConnectionContent,
    ToolSpec,
)
from tests.api.rows import adding, revising
from tests.domain.builders import content


def note(number: int, text: str, kind: NoteKind = NoteKind.QUOTE) -> Note:
    """Return a note of the first turn."""
    return Note(number=number, kind=kind, turn=0, text=text)


TEXTS = st.text(alphabet="ab cé\n.,😀", max_size=60)


@given(before=TEXTS, after=TEXTS)
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    segments = diff_texts(before, after)

    assert "".join(s.text for s in segments if s.edit is not Edit.INSERT) == before
    assert "".join(s.text for s in segments if s.edit is not Edit.DELETE) == after


def test_a_list_is_compared_line_by_line() -> None:
    changed = diff_lines("wordings", ("a", "b"), ("b", "c", "d"))
    assert [(s.edit, s.text) for s in changed.segments] == [
        (Edit.KEEP, "b\n"),
        (Edit.DELETE, "a\n"),
        (Edit.INSERT, "c\nd"),
    ]
    assert changed.changed
    assert not diff_lines("wordings", ("a", "b"), ("a", "b")).changed
    assert not diff_lines("wordings", (), ()).changed


def test_a_difference_is_by_words() -> None:
    segments = diff_texts("within 30 days", "within 300 days")

    assert [(s.edit, s.text) for s in segments] == [
        (Edit.KEEP, "within "),
        (Edit.DELETE, "30"),
        (Edit.INSERT, "300"),
        (Edit.KEEP, " days"),
    ]


def test_a_hostile_text_does_not_take_long() -> None:
    started = time.perf_counter()

    diff_texts("a b " * 5_000, "b a c " * 5_000)

    # The limit is 0.25 s for the search; the rest is for slow machines.
    assert time.perf_counter() - started < 5


def test_an_addition_is_all_new() -> None:
    fields = diff_contents(None, content())

    assert {s.edit for field in fields for s in field.segments} == {Edit.INSERT}


def _connection(*tools: ToolSpec) -> ToolConnectionContent:
    return ToolConnectionContent(name="Orders", system="oms", tools=tools, purpose="Look up.")


def _tool(name: str, description: str = "Reads.") -> ToolSpec:
    return ToolSpec(
        name=name, description=description, input_schema={"type": "object"}, access=Access.READ
    )


def test_tools_are_compared_by_name() -> None:
    before = _connection(_tool("kept"), _tool("changed"), _tool("gone"))
    after = _connection(_tool("kept"), _tool("changed", "Reads more."), _tool("new"))

    diffs = {diff.name: diff for diff in diff_tools(before, after)}

    assert {name: diff.effect for name, diff in diffs.items()} == {
        "kept": ToolEffect.KEPT,
        "changed": ToolEffect.CHANGED,
        "new": ToolEffect.ADDED,
        "gone": ToolEffect.REMOVED,
    }
    assert [field.field for field in diffs["changed"].fields] == ["description"]


@pytest.mark.parametrize(
    ("text", "quote", "marked"),
    [
        ("Where is my refund?", "my refund", ["my refund"]),
        ("Where  is\nmy REFUND?", "is my refund", ["is\nmy REFUND"]),
        ("Die Straße", "strasse", ["Straße"]),
        ("Nothing here", "my refund", []),
        ("", "x", []),
        ("x", " ", []),
    ],
)
def test_a_quote_is_marked_where_it_stands(text: str, quote: str, marked: list[str]) -> None:
    pieces = cut_at(text, find_spans(text, [note(1, quote)]))

    assert [piece.text for piece in pieces if piece.quoted] == marked
    assert "".join(piece.text for piece in pieces) == text


def test_quotes_that_overlap_share_their_words() -> None:
    text = "one two three four"

    pieces = cut_at(text, find_spans(text, [note(1, "one two"), note(2, "two three")]))

    assert [(p.text, p.quoted, p.starts, p.ends) for p in pieces] == [
        ("one ", True, [1], []),
        ("two", True, [2], [1]),
        (" three", True, [], [2]),
        (" four", False, [], []),
    ]


def test_a_sentence_leads_to_what_most_of_it_was_made_of() -> None:
    text = "Sorry for that. Your refund takes five working days. Anything else?"

    [span] = find_spans(text, [note(1, "A refund takes five days.", NoteKind.SENTENCE)])

    assert text[span.start : span.end] == "Your refund takes five working days."


@pytest.mark.parametrize("kind", NoteKind)
def test_what_nobody_said_is_marked_nowhere(kind: NoteKind) -> None:
    assert find_spans("Hello, can you help?", [note(1, "Refunds take 5 days.", kind)]) == []


NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(hours=25), "in 25 hours"),
        (timedelta(days=-3), "3 days ago"),
    ],
)
def test_a_distance_in_words(gap: timedelta, words: str) -> None:
    assert distance(NOW + gap, NOW) == words


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (adding("Five days."), "Lets the agent answer: “Five days.”"),
        (
            adding("Ask first.", kind=ItemKind.POLICY),
            "Gives the agent a new policy to follow: “Ask first.”",
        ),
        (
            adding(kind=ItemKind.TOOL_CONNECTION),
            "Connects the agent to oms with get_order (all of them only read).",
        ),
        (revising(uuid4(), "x"), "Changes the article “Returns” (revision 1)."),
        (
            revising(uuid4(), "x").model_copy(update={"operation": Operation.RETIRE}),
            "Takes the article “Returns” away from the agent.",
        ),
    ],
)
def test_the_effect_of_a_change_in_one_sentence(change: object, sentence: str) -> None:
    assert effect_of(change) == sentence  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("In 5 days.", "In 5 days. By post.", "Adds to the answer of the {}: “By post.”"),
        ("Back in 5 days.", "Back in 9 days.", "Changes the answer of the {}: “Back in 9 days.”"),
        (
            "In 5 days. Or never.",
            "In 5 days.",
            "Takes something out of the answer of the {}: “Or never.”",
        ),
        ("It is given.", "It is not given.", "Changes the answer of the {}: “It is not given.”"),
        ("In 5 days.", "In 5  days.", "Changes the answer of the {}."),
    ],
)
def test_a_revision_says_which_words_it_changes(before: str, after: str, sentence: str) -> None:
    change = revising(uuid4(), after)
    base = change.content.model_copy(update={"answer": before})

    assert effect_of(change, base) == sentence.format("article “Returns” (revision 1)")


def test_a_connection_says_which_tools_it_gains_loses_and_changes() -> None:
    change = adding(kind=ItemKind.TOOL_CONNECTION)
    base = change.content
    assert isinstance(base, ToolConnectionContent)
    (old,) = base.tools
    new = old.model_copy(update={"name": "cancel_order", "access": Access.WRITE})
    other = old.model_copy(update={"description": "Reads an order anew."})
    revision = {"operation": Operation.REVISE, "item_id": uuid4(), "base_revision": 1}

    def said(*tools: ToolSpec) -> str:
        content = base.model_copy(update={"tools": tools})
        return effect_of(change.model_copy(update={**revision, "content": content}), base)

    assert said(old, new) == "In oms, the agent can call cancel_order (changes data)."
    assert said(new) == (
        "In oms, the agent can call cancel_order (changes data); can no longer call get_order."
    )
    assert said(other) == "In oms, the agent calls in another way get_order (only reads)."


def test_a_revision_of_several_fields_names_them_all() -> None:
    change = revising(uuid4(), "In 5 days. By post.")
    content = change.content.model_copy(update={"title": "Parcels", "tags": ("post", "box")})
    base = change.content.model_copy(update={"answer": "In 5 days.", "tags": ("box", "mail")})
    change = change.model_copy(update={"content": content, "phrasings": ("When?",)})

    assert effect_of(change, base) == (
        "Adds to the answer of the article “Returns” (revision 1): “By post.” "
        "Also changes the title, tags and wordings."
    )


def test_a_change_of_tags_names_those_that_differ() -> None:
    change = revising(uuid4(), "x")
    content = change.content.model_copy(update={"tags": ("a", "b")})
    base = change.content.model_copy(update={"tags": ("a",)})

    said = effect_of(change.model_copy(update={"content": content}), base)

    assert said == "Adds to the tags of the article “Returns” (revision 1): “b”"


def test_where_a_connection_leads_is_said_before_its_tools() -> None:
    change = adding(kind=ItemKind.TOOL_CONNECTION)
    revision = {"operation": Operation.REVISE, "item_id": uuid4(), "base_revision": 1}
    content = change.content.model_copy(update={"server": "https://other.example"})

    said = effect_of(change.model_copy(update={**revision, "content": content}), change.content)

    assert said.startswith("Changes the server of the connection")


def test_a_revision_that_brings_wordings_says_what_leads_to_the_item() -> None:
    change = revising(uuid4(), "x").model_copy(update={"phrasings": ("Money back?", "A refund?")})

    assert effect_of(change, change.content) == (
        "Lets 2 more questions lead to the article “Returns” (revision 1): “Money back?”"
    )


def test_a_cursor_comes_back_as_it_was() -> None:
    adapter = TypeAdapter(tuple[int, UUID])
    position = (3, uuid4())

    assert decode_cursor(adapter, encode_cursor(adapter, position)) == position


def test_the_path_of_a_field() -> None:
    assert field_path(("conversation", 0, "role")) == "conversation[0].role"
    assert field_path(()) == "body"
    assert len(field_path(("x" * 500,))) == 80


def test_failures_are_forgotten_after_a_while() -> None:
    now = 0.0
    limits = LoginLimits(clock=lambda: now)
    for _ in range(MAX_FAILURES):
        limits.failed("host")

    assert limits.seconds_to_wait("host") > 0
    assert limits.seconds_to_wait("another") == 0
    now = WINDOW_SECONDS
    assert limits.seconds_to_wait("host") == 0


def test_without_a_secret_each_process_signs_for_itself() -> None:
    session = Session(workspace="w", id=uuid4())
    cookie = Sessions(None).cookie_of(session)

    assert Sessions(None).read(cookie) is None
    assert not Sessions(None).is_form_token(Sessions(None).form_token(session), session)


def test_two_processes_with_one_secret_read_each_others_cookies() -> None:
    session = Session(workspace="w", id=uuid4())
    cookie = Sessions("shared").cookie_of(session)

    assert Sessions("shared").read(cookie) == session


def test_a_template_that_lacks_a_value_fails_loudly() -> None:
    with pytest.raises(Exception, match="undefined"):
        render("inbox.html")
