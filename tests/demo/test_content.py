"""The demo's company, interventions and queries keep what the demo promises of them."""

import json
import re
from collections import Counter

import pytest

from demo.content import (
    EXPECTED_GAP,
    GAP_KEY,
    Company,
    DemoQuery,
    Expectation,
    content_of,
    kind_of,
    load_company,
    load_interventions,
    load_queries,
    load_submissions,
)
from demo.plan import CONTRADICTING_GAP, REJECTED_GAP, REPEAT, Origin
from domain.contradiction import Clash, Said, find_clashes, said_by
from domain.conversation import Role, Submission
from domain.findings import Gap
from domain.knowledge import ItemKind, parse_content

TURN_KEYS = {"role", "text", "at", "author", "tool_calls"}
CALL_KEYS = {"name", "arguments", "result"}
INTERVENTION_KEYS = {
    "source",
    "external_id",
    "occurred_at",
    "channel",
    "language",
    "customer_ref",
    "query",
    "conversation",
    "agent",
    "resolution",
    "metadata",
}
AGENT_KEYS = {"name", "model", "handoff_reason", "items_used", "tools_available"}
RESOLUTION_KEYS = {"by", "reply", "decision", "information_used", "actions"}
CONTENT_KEYS = {
    ItemKind.ARTICLE: {"title", "question", "answer", "tags"},
    ItemKind.POLICY: {"title", "rule", "applies_when", "exceptions", "rationale"},
    ItemKind.TOOL_CONNECTION: {"name", "system", "server", "tools", "purpose"},
}


@pytest.fixture(scope="module")
def company() -> Company:
    return load_company()


@pytest.fixture(scope="module")
def submissions() -> list[Submission]:
    return load_submissions()


@pytest.fixture(scope="module")
def queries() -> list[DemoQuery]:
    return load_queries()


def gap_of(submission: Submission) -> Gap:
    return Gap(str(submission.metadata[EXPECTED_GAP]))


def of_gap(submissions: list[Submission], gap: Gap) -> list[Submission]:
    return [s for s in submissions if gap_of(s) is gap]


def keys_of(submissions: list[Submission]) -> Counter[str]:
    return Counter(str(s.metadata[GAP_KEY]) for s in submissions)


def all_text(submission: Submission) -> str:
    return "\n".join(
        (
            submission.query or "",
            *(turn.text for turn in submission.conversation),
            submission.resolution.reply,
            submission.resolution.decision,
            *submission.resolution.information_used,
        )
    )


def plain(text: str) -> str:
    """Lower case, letters and digits only, so that punctuation hides no repetition."""
    return " ".join(re.findall(r"[a-z0-9£]+", text.lower()))


def is_luhn_valid(digits: str) -> bool:
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def cards_in(text: str) -> list[str]:
    candidates = re.findall(r"\b(?:\d[ -]?){12,18}\d\b", text)
    return [c for c in candidates if is_luhn_valid(re.sub(r"\D", "", c))]


def test_company_has_the_promised_items(company: Company) -> None:
    assert (len(company.articles), len(company.policies)) == (15, 8)
    assert len(company.tool_names()) == 4


def test_every_item_is_content_as_the_contract_has_it(company: Company) -> None:
    for item in company.items():
        content = content_of(item)
        assert set(content) == CONTENT_KEYS[kind_of(item)], item.slug
        parse_content(kind_of(item), content)


def test_each_gap_has_its_share_of_the_interventions(submissions: list[Submission]) -> None:
    assert Counter(gap_of(s) for s in submissions) == {
        Gap.MISSING_KNOWLEDGE: 12,
        Gap.MISAPPLIED_POLICY: 6,
        Gap.MISSING_TOOL: 5,
        Gap.NONE: 4,
    }


@pytest.mark.parametrize(
    ("gap", "distinct", "most_repeated"),
    [
        (Gap.MISSING_KNOWLEDGE, 7, 3),
        (Gap.MISAPPLIED_POLICY, 4, 2),
        (Gap.MISSING_TOOL, 3, 3),
    ],
)
def test_repeated_gaps_share_a_key(
    submissions: list[Submission], gap: Gap, distinct: int, most_repeated: int
) -> None:
    keys = keys_of(of_gap(submissions, gap))
    assert len(keys) == distinct
    assert max(keys.values()) == most_repeated


def test_a_gap_key_belongs_to_one_gap(submissions: list[Submission]) -> None:
    gaps: dict[str, set[Gap]] = {}
    for submission in submissions:
        if GAP_KEY in submission.metadata:
            gaps.setdefault(str(submission.metadata[GAP_KEY]), set()).add(gap_of(submission))
    assert all(len(found) == 1 for found in gaps.values()), gaps


def test_only_a_case_that_is_rightly_a_humans_has_no_gap_key(
    submissions: list[Submission],
) -> None:
    without = [s for s in submissions if GAP_KEY not in s.metadata]
    assert without == of_gap(submissions, Gap.NONE)


def test_json_keys_are_within_the_contract() -> None:
    for row in load_interventions():
        assert set(row) <= INTERVENTION_KEYS
        submission = Submission.model_validate(row)
        sent = submission.model_dump(mode="json", exclude_unset=True)
        assert set(sent["agent"]) == AGENT_KEYS
        assert set(sent["resolution"]) == RESOLUTION_KEYS
        for turn in sent["conversation"]:
            assert set(turn) <= TURN_KEYS
            assert all(set(call) == CALL_KEYS for call in turn.get("tool_calls", ()))
        for action in sent["resolution"]["actions"]:
            assert set(action) == CALL_KEYS | {"system"}


def test_every_intervention_is_a_hand_over_from_the_agent_to_a_human(
    submissions: list[Submission],
) -> None:
    for submission in submissions:
        roles = [turn.role for turn in submission.conversation]
        assert 3 <= len(roles) <= 9, submission.external_id
        assert roles[0] is Role.CUSTOMER
        assert roles.index(Role.AGENT) < roles.index(Role.HUMAN)
        human = [t for t in submission.conversation if t.role is Role.HUMAN]
        assert submission.resolution.reply in [t.text for t in human]
        assert {t.author for t in human} == {submission.resolution.by}


def test_interventions_are_in_the_order_in_which_they_happened(
    submissions: list[Submission],
) -> None:
    times = [s.occurred_at for s in submissions if s.occurred_at]
    assert len(times) == len(submissions)
    assert times == sorted(times)
    for submission in submissions:
        turns = [t.at for t in submission.conversation if t.at]
        assert [submission.occurred_at, *turns[1:]] == sorted(turns)


def test_some_interventions_leave_the_query_to_be_found(submissions: list[Submission]) -> None:
    with_query = sum(1 for s in submissions if s.query)
    assert 0 < with_query < len(submissions)


def test_no_two_interventions_share_an_external_id(submissions: list[Submission]) -> None:
    assert len({s.external_id for s in submissions}) == len(submissions)


def test_the_agent_had_only_the_companys_items_and_tools(
    company: Company, submissions: list[Submission]
) -> None:
    for submission in submissions:
        assert set(submission.agent.items_used) <= company.slugs()
        assert set(submission.agent.tools_available or ()) <= company.tool_names()
        called = {call.name for turn in submission.conversation for call in turn.tool_calls}
        assert called <= set(submission.agent.tools_available or ())


def test_knowledge_is_missing_without_any_action(submissions: list[Submission]) -> None:
    assert all(not s.resolution.actions for s in of_gap(submissions, Gap.MISSING_KNOWLEDGE))


def test_a_misapplied_policy_is_one_that_the_agent_had(
    company: Company, submissions: list[Submission]
) -> None:
    policies = {policy.slug for policy in company.policies}
    used_by_key: dict[str, set[str]] = {}
    for submission in of_gap(submissions, Gap.MISAPPLIED_POLICY):
        used = policies & set(submission.agent.items_used)
        assert len(used) == 1, submission.external_id
        assert submission.resolution.decision
        used_by_key.setdefault(str(submission.metadata[GAP_KEY]), set()).update(used)
    assert all(len(used) == 1 for used in used_by_key.values())
    assert len(set[str]().union(*used_by_key.values())) == 4


def test_what_the_human_did_against_a_policy_the_agent_could_have_done(
    company: Company, submissions: list[Submission]
) -> None:
    tools = {tool.name: t.system for t in company.tool_connections for tool in t.tools}
    for submission in of_gap(submissions, Gap.MISAPPLIED_POLICY):
        assert submission.resolution.actions
        for action in submission.resolution.actions:
            assert tools[action.name] == action.system
            assert action.name in (submission.agent.tools_available or ())
            called = {c.name for turn in submission.conversation for c in turn.tool_calls}
            assert action.name not in called


def test_credits_stay_under_the_agents_ceiling_unless_a_human_must_decide(
    submissions: list[Submission],
) -> None:
    for submission in submissions:
        for action in submission.resolution.actions:
            if action.name == "issue_credit":
                amount = action.arguments["amount_gbp"]
                assert isinstance(amount, int | float)
                assert (amount > 25) is (gap_of(submission) is Gap.NONE)


def test_a_missing_tool_is_really_missing(company: Company, submissions: list[Submission]) -> None:
    for submission in of_gap(submissions, Gap.MISSING_TOOL):
        assert submission.resolution.actions
        for action in submission.resolution.actions:
            assert action.name not in company.tool_names()


def test_one_missing_tool_was_called_with_different_arguments(
    submissions: list[Submission],
) -> None:
    calls = [a.arguments for s in submissions for a in s.resolution.actions]
    repairs = [call for call in calls if "fault" in call]
    assert len(repairs) == 3
    given = Counter(name for call in repairs for name in call)
    required = {name for name, times in given.items() if times == len(repairs)}
    optional = set(given) - required
    assert required == {"rental_id", "fault", "priority"}
    assert optional == {"collect_on", "loan_instrument"}
    assert {str(call["priority"]) for call in repairs} == {"standard", "express"}


def test_the_human_repeats_personal_data_amid_the_fact(submissions: list[Submission]) -> None:
    thick = [s for s in submissions if cards_in(s.conversation[0].text)]
    assert len(thick) == 1
    assert gap_of(thick[0]) is Gap.MISSING_KNOWLEDGE
    assert cards_in(thick[0].resolution.reply)
    for text in (
        "Okafor",
        "adaeze.okafor@example.com",
        "27 Tannery Lane",
        "WH-20418",
    ):
        assert text in thick[0].conversation[0].text
        assert text in thick[0].resolution.reply
    assert "07700 900461" in thick[0].conversation[0].text


def test_only_a_customer_says_the_planted_rule(
    company: Company, submissions: list[Submission]
) -> None:
    planted = [s for s in submissions if "refund everyone" in s.conversation[2].text.lower()]
    assert len(planted) == 1
    assert gap_of(planted[0]) is Gap.NONE
    others = [t.text for t in planted[0].conversation if t.role is not Role.CUSTOMER]
    assert not any("everyone" in text.lower() for text in others)
    policy = next(p for p in company.policies if p.slug in planted[0].agent.items_used)
    assert policy.rule in planted[0].resolution.reply


def test_every_gap_that_ought_to_be_closed_has_one_query(
    submissions: list[Submission], queries: list[DemoQuery]
) -> None:
    keys = {str(s.metadata[GAP_KEY]) for s in submissions if GAP_KEY in s.metadata}
    keys -= {REJECTED_GAP, CONTRADICTING_GAP}
    asked = Counter(q.gap_key for q in queries if q.gap_key)
    assert asked == dict.fromkeys(keys, 1)


def test_the_case_that_is_held_back_repeats_the_rejected_gap(
    submissions: list[Submission],
) -> None:
    rejected, repeat = (s for s in submissions if s.metadata.get(GAP_KEY) == REJECTED_GAP)
    assert Origin(repeat.source, repeat.external_id) == REPEAT
    assert rejected.resolution.reply != repeat.resolution.reply


def test_a_human_says_what_an_article_denies(
    company: Company, submissions: list[Submission]
) -> None:
    told = next(s for s in submissions if s.metadata.get(GAP_KEY) == CONTRADICTING_GAP)
    article = next(a for a in company.articles if a.slug in told.agent.items_used)
    said = Said(article.title, [text.strip() for text in told.resolution.reply.split(". ")])
    assert [c.clash for c in find_clashes(said, said_by(article))] == [Clash.OTHER_VALUE]


def test_three_queries_are_answered_all_along_and_three_stay_with_a_human(
    queries: list[DemoQuery],
) -> None:
    ends = Counter(q.expects for q in queries if q.gap_key is None)
    assert ends == {Expectation.ANSWERED: 3, Expectation.HANDOFF: 3}


def test_no_query_is_taken_from_an_intervention(
    submissions: list[Submission], queries: list[DemoQuery]
) -> None:
    texts = [plain(all_text(s)) for s in submissions]
    for query in queries:
        words = plain(query.query).split()
        runs = [" ".join(words[i : i + 6]) for i in range(max(1, len(words) - 5))]
        assert not [run for run in runs for text in texts if run in text], query.query


def test_a_right_answer_is_what_a_human_said_and_no_item_says_yet(
    company: Company, submissions: list[Submission], queries: list[DemoQuery]
) -> None:
    known = [json.dumps(content_of(item), ensure_ascii=False) for item in company.items()]
    for query in queries:
        if query.gap_key is None or query.needs_tool:
            continue
        assert query.answer_mentions
        used = {
            slug
            for s in submissions
            if s.metadata.get(GAP_KEY) == query.gap_key
            for slug in s.agent.items_used
        }
        replies = [
            s.resolution.reply for s in submissions if s.metadata.get(GAP_KEY) == query.gap_key
        ]
        assert any(query.is_right(reply) for reply in replies), query.gap_key
        had = [
            content
            for item, content in zip(company.items(), known, strict=True)
            if item.slug in used
        ]
        assert not [content for content in had if query.is_right(content)], query.gap_key


def test_a_query_that_needs_a_tool_names_the_missing_one(
    submissions: list[Submission], queries: list[DemoQuery]
) -> None:
    for query in queries:
        if query.needs_tool:
            of_key = [s for s in submissions if s.metadata.get(GAP_KEY) == query.gap_key]
            names = {action.name for s in of_key for action in s.resolution.actions}
            assert names == {query.needs_tool}


def test_what_was_answered_all_along_is_in_the_articles(
    company: Company, queries: list[DemoQuery]
) -> None:
    for query in queries:
        if query.gap_key is None and query.expects is Expectation.ANSWERED:
            assert query.answer_mentions
            assert any(query.is_right(article.answer) for article in company.articles)
