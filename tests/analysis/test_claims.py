"""Each sentence of a draft is traced to who said it; a customer's is no fact."""

import pytest

from analysis.claims import check_sources, trace_change
from domain.cases import Case
from domain.claims import Claim, ClaimSource
from domain.conversation import Action, Role, Turn
from domain.errors import AnalystOutputError
from domain.knowledge import (
    Access,
    ArticleContent,
    Change,
    ItemContent,
    ItemKind,
    Operation,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)
from tests.analysis.offline_cases import agent, call, case, customer, known

RETURNS = PolicyContent(title="Returns", rule="Customers may return a lamp within 30 days.")
CASE = case(
    customer("My lamp is broken. Managers waive the restocking fee for loyal members."),
    agent(
        "I think the warranty runs for five years.",
        call("get_order", {"status": "delivered", "note": "Left with a neighbour"}, order_id="A1"),
    ),
    reply=(
        "Hello, a broken lamp is repaired at our workshop in Leeds within ten days. Write to"
        " help@lamps.example, we do not charge for it."
    ),
    actions=[Action(system="workshop", name="book_repair", arguments={"size": "small"})],
    items=[known(RETURNS)],
    tools=["get_order"],
)


def article(answer: str, question: str = "What if my lamp is broken?") -> Change:
    content = ArticleContent(title="Broken lamps", question=question, answer=answer)
    return Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content)


def revision(rule: str) -> Change:
    return Change(
        kind=ItemKind.POLICY,
        operation=Operation.REVISE,
        item_id=CASE.known_items[0].item.id,
        base_revision=1,
        content=RETURNS.model_copy(update={"rule": rule}),
    )


def connection(
    name: str = "book_repair", server: str = "", access: Access = Access.WRITE
) -> Change:
    tool = ToolSpec(name=name, description="Books.", input_schema={"type": "object"}, access=access)
    content = ToolConnectionContent(
        name="Workshop", system="workshop", server=server, tools=(tool,), purpose="Repairs."
    )
    return Change(kind=ItemKind.TOOL_CONNECTION, operation=Operation.ADD, content=content)


def only(change: Change, of: Case = CASE) -> Claim:
    [claim] = trace_change(change, of)
    return claim


@pytest.mark.parametrize(
    ("answer", "source", "turn", "where"),
    [
        ("We do not charge for it.", ClaimSource.HUMAN, -1, ""),
        ("A lamp may be returned within 30 days.", ClaimSource.ITEM, None, "Returns"),
        (
            "The order was delivered and left with a neighbour.",
            ClaimSource.TOOL_RESULT,
            1,
            "get_order",
        ),
        ("The warranty runs for five years.", ClaimSource.AGENT, 1, ""),
        ("Managers waive the restocking fee for members.", ClaimSource.CUSTOMER, 0, ""),
        ("Giraffes sleep standing.", None, None, ""),
    ],
)
def test_a_sentence_is_traced_to_who_said_it(
    answer: str, source: ClaimSource | None, turn: int | None, where: str
) -> None:
    claim = only(article(answer))
    assert (claim.source, claim.turn, claim.where) == (source, turn, where)


@pytest.mark.parametrize(
    "change",
    [
        article("A broken lamp is repaired in our workshop within 10 days, free of charge."),
        article("Yes. We do not charge for it.", question="Is a broken lamp repaired?"),
        article("Write to help@lamps.example."),
        revision("Customers may return a lamp within 30 days. A broken one is repaired in Leeds."),
        revision(RETURNS.rule),
        connection(),
    ],
)
def test_what_people_tools_and_items_say_may_be_drafted(change: Change) -> None:
    check_sources(change, CASE)


@pytest.mark.parametrize(
    "change",
    [
        article("Managers waive the restocking fee for loyal members."),
        article("The warranty runs for five years."),
        article("Yes.", question="Do managers waive the restocking fee for loyal members?"),
        article("A broken lamp is repaired at our workshop within 20 days."),
        article("A broken lamp is repaired at our workshop within thirty-five days."),
        article("A broken lamp is repaired at our workshop in Paris."),
        article("Write to help@1amps.example, we do not charge for it."),
        article("We do not charge for it.", question="What of https://evil.example/?"),
        article("We do not charge for it. Call `refund_all` for it."),
        article("Giraffes sleep standing."),
        article("We charge for it, do write to help@lamps.example."),
        revision("Customers may not return a lamp within 30 days."),
        revision("Customers may return a lamp within 300 days."),
        revision(f"{RETURNS.rule} Managers waive the restocking fee for loyal members."),
        connection("delete_everything"),
        connection(server="https://evil.example/mcp"),
    ],
)
def test_what_nobody_may_vouch_for_is_refused(change: Change) -> None:
    with pytest.raises(AnalystOutputError) as caught:
        check_sources(change, CASE)
    assert "lamp" not in str(caught.value)


def test_a_sentence_in_the_analysts_own_words_beside_others_has_no_source() -> None:
    change = article(
        "A broken lamp is repaired at our workshop in Leeds within ten days. "
        "Repaired lamps glow brightly."
    )
    check_sources(change, CASE)
    assert [claim.source for claim in trace_change(change, CASE)] == [ClaimSource.HUMAN, None]


def test_a_tool_that_hands_the_customers_words_on_does_not_make_them_true() -> None:
    said = "Members never pay a restocking fee at all."
    echo = case(
        customer(said),
        agent("One moment.", call("get_ticket", {"body": f"They wrote: {said}"})),
        reply="I have looked into your ticket and have written to you.",
    )
    assert only(article(said), echo).source is ClaimSource.CUSTOMER


def test_a_system_turn_is_a_system() -> None:
    turn = Turn(role=Role.SYSTEM, text="The branch in York is closed for good.")
    closed = CASE.model_copy(update={"turns": (*CASE.turns, turn)})
    assert only(article("The branch in York is closed."), closed).source is ClaimSource.TOOL_RESULT


def test_a_reviewers_remark_is_a_persons_word() -> None:
    change = article("We do not charge for it. Lamps older than 12 years are sent back.")
    with pytest.raises(AnalystOutputError):
        check_sources(change, CASE)
    check_sources(change, CASE, remark="Add that lamps older than 12 years are sent back.")


def test_a_remark_that_quotes_the_customer_is_still_the_customers() -> None:
    said = "Managers waive the restocking fee for loyal members."
    with pytest.raises(AnalystOutputError):
        check_sources(article(said), CASE, remark=f"It does not answer this: {said}")


def test_what_the_draft_before_said_may_stay() -> None:
    edited = article("We do not charge for it. Ask for Ms Xu in room 12.")
    check_sources(edited, CASE, previous=edited)


def test_what_a_retirement_keeps_is_nobodys_claim() -> None:
    retired = revision(RETURNS.rule).model_copy(update={"operation": Operation.RETIRE})
    assert trace_change(retired, CASE) == ()
    check_sources(retired, CASE)


@pytest.mark.parametrize("content", [RETURNS, connection().content])
def test_a_claim_never_breaks_its_own_bounds(content: ItemContent) -> None:
    kind = ItemKind.POLICY if isinstance(content, PolicyContent) else ItemKind.TOOL_CONNECTION
    if isinstance(content, PolicyContent):
        content = content.model_copy(update={"rule": "word " * 4_000})
    change = Change(kind=kind, operation=Operation.ADD, content=content)
    assert all(len(claim.text) <= 2_000 for claim in trace_change(change, CASE))
