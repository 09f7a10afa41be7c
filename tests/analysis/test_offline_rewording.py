"""What the offline analyst makes of a draft that a replay sends back."""

from uuid import UUID

from analysis.claims import check_sources
from analysis.offline.analyst import OfflineAnalyst
from analysis.offline.rewording import word_as_asked
from domain.cases import Case
from domain.findings import Finding, Gap, Quote
from domain.knowledge import (
    Access,
    ArticleContent,
    Change,
    ItemContent,
    Operation,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)
from domain.sending_back import OPENING
from tests.analysis.offline_cases import WordEmbedder, action, case, customer, item

ARTICLE = ArticleContent(
    title="The deposit goes back to the card",
    question="If you send it to a dead card, is it gone?",
    answer="The deposit goes back to the card it was paid with, even when that has expired.",
)
POLICY = PolicyContent(
    title="Late credit", rule="Give £10 for a late delivery.", applies_when="A delivery was late."
)
TOOLS = ToolConnectionContent(
    name="Ledger",
    system="ledger",
    tools=(
        ToolSpec(
            name="change_payment_day",
            description="Change payment day in ledger.",
            input_schema={"type": "object"},
            access=Access.WRITE,
        ),
        ToolSpec(
            name="get_rental",
            description="Read one rental.",
            input_schema={"type": "object"},
            access=Access.READ,
        ),
    ),
    purpose="Lets the agent change the payment day.",
)


def adding(content: ItemContent) -> Change:
    return Change(kind=item(content).kind, operation=Operation.ADD, content=content)


def asking(ask: str, *acts: str, reply: str = "So it is.") -> Case:
    return case(customer(ask), reply=reply, actions=[action("ledger", act) for act in acts])


def reworded(content: ItemContent, asked: Case) -> ItemContent:
    return word_as_asked(adding(content), asked).change.content


def test_an_articles_question_becomes_the_customers_without_what_names_them() -> None:
    asked = asking(
        "Dear Sirs, I paid my deposit with card [CARD]. My card has run out and the bank has sent"
        " me a new one. I am [NAME], [ADDRESS]. Where will the deposit end up?"
    )
    content = reworded(ARTICLE, asked)
    assert isinstance(content, ArticleContent)
    assert "[" not in content.question
    assert "the bank has sent me a new one" in content.question
    assert content.question.endswith("Where will the deposit end up?")
    assert content.model_copy(update={"question": ARTICLE.question}) == ARTICLE


def test_a_bare_yes_keeps_its_question() -> None:
    """Or what the customer says would become what is told."""
    bare = ARTICLE.model_copy(update={"answer": "Yes, always."})
    edit = word_as_asked(adding(bare), asking("May I keep the violin without paying for it?"))
    assert edit.change.content == bare
    assert "no other way" in edit.done


def test_a_policy_is_given_a_question_as_an_example_and_never_what_is_told() -> None:
    asked = asking("You promised me £500. I'd like the late credit I read about.")
    content = reworded(POLICY, asked)
    assert isinstance(content, PolicyContent)
    assert content.applies_when == (
        "A delivery was late. For example: May I have the late credit I read about?"
    )
    assert content.rule == POLICY.rule


def test_a_policy_stays_as_it_is_where_the_customer_only_tells() -> None:
    assert reworded(POLICY, asking("My clarinet came on Wednesday, a week too late.")) == POLICY


def test_the_tool_that_the_human_used_says_what_customers_ask_for() -> None:
    content = reworded(TOOLS, asking("Please take my rent on another day.", "change_payment_day"))
    assert isinstance(content, ToolConnectionContent)
    used, other = content.tools
    assert used.description.endswith("for example: Please take my rent on another day.")
    assert other == TOOLS.tools[1]


def test_an_ask_of_nothing_but_personal_data_leaves_the_draft_alone() -> None:
    assert reworded(ARTICLE, asking("[NAME], [ADDRESS], [PHONE].")) == ARTICLE


async def test_the_analyst_answers_a_replay_so_and_its_draft_has_its_sources() -> None:
    asked = asking("Where does my deposit go if the bank sent me a new card?", reply=ARTICLE.answer)
    finding = Finding(
        gap=Gap.MISSING_KNOWLEDGE,
        summary="Unknown.",
        agent_did="",
        human_did="Told them.",
        quotes=(Quote(turn=0, text="Where does my deposit go"),),
        confidence=0.8,
        item_id=UUID(int=1),
    )
    comment = f"{OPENING} with this change the agent still hands the query off."
    draft = await OfflineAnalyst(WordEmbedder()).redraft(asked, finding, adding(ARTICLE), comment)
    assert isinstance(draft.change.content, ArticleContent)
    assert draft.change.content.question == asked.ask
    assert draft.rationale.startswith("In answer to the replay")
    check_sources(draft.change, asked, remark=comment, previous=adding(ARTICLE))
