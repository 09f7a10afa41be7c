"""The dashboard: what it says, to whom, its charts and files, and what must not get through it."""

import csv
import io
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from httpx2 import AsyncClient, Response

from domain.identity import ApiRole
from domain.metrics import Figure
from tests.api.browser import HTML, Person, Tags, signed_in, text_of
from tests.api.conftest import Keys
from tests.security.elements import dangers
from tests.store.learning_rows import LearningRows, learning_rows

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"
FORMULA = '=HYPERLINK("http://evil.test","x")'


@pytest.fixture
def made(database_url: str, workspace: str) -> Generator[LearningRows]:
    with learning_rows(database_url, workspace) as rows:
        yield rows


@pytest.fixture
async def lead(client: AsyncClient, keys: Keys) -> Person:
    return await signed_in(client, keys.of[ApiRole.LEAD])


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def learn(made: LearningRows, title: str = "Refunds", by: str = "dana") -> None:
    """Let six interventions lead to an approved article that then answers seven queries."""
    cases = tuple(made.intervention(ago(days=12)) for _ in range(6))
    proposal_id = made.proposal(ago(days=11), status="applied", evidence=cases, title=title)
    made.review(proposal_id, ago(days=11), closed_at=ago(days=10))
    made.decision(proposal_id, ago(days=10, hours=21), by=by)
    for _ in range(6):
        made.outcome(ago(days=11), "human")
    item = made.release(ago(days=10), proposal_id, title=title)
    for _ in range(7):
        made.outcome(ago(days=6), items=(item,))
    made.analysis(ago(days=9), "missing_knowledge")
    rejected = made.proposal(ago(days=5), status="rejected")
    made.review(rejected, ago(days=5), closed_at=ago(days=4))
    made.decision(rejected, ago(days=4), "reject", effect="rejected", by=by, reason="wrong")


def rows_of(answer: Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_the_page_says_whether_it_pays(lead: Person, made: LearningRows) -> None:
    learn(made)

    page = await lead.get("/dashboard")
    text = text_of(page)

    assert page.status_code == 200
    assert "Autonomy 54% Up from 0% in the first half of the queries to 100%" in text
    assert "Interventions prevented 7 By 1 learned item" in text
    assert "Median time to approve 3 h 1 approval" in text
    assert "With 0 approved changes, 100 of 100 queries needed a human" in text
    assert "with 1, it was 0 of 100 (7 asked)" in text
    assert "missing knowledge 1" in text
    assert "it is wrong 1" in text


async def test_autonomy_is_a_range_while_answers_are_not_settled(
    lead: Person, made: LearningRows
) -> None:
    for days in (20, 1):
        for _ in range(5):
            made.outcome(ago(days=days))

    text = text_of(await lead.get("/dashboard"))

    assert "Autonomy 50% to 100%" in text
    assert "5 answers are not settled yet: one counts as right after 72 hours" in text


async def test_what_waits_and_what_is_overdue_is_of_now(lead: Person, made: LearningRows) -> None:
    made.review(made.proposal(ago(days=60)), ago(days=60), tier=1, due_at=ago(days=-1))
    made.review(made.proposal(ago(hours=5)), ago(hours=5), due_at=ago(days=-1))

    text = text_of(await lead.get("/dashboard"))

    assert "Waiting now 2 The oldest has waited 60 d." in text
    assert "Overdue now 1" in text


async def test_an_empty_workspace_is_told_what_is_missing(lead: Person) -> None:
    page = await lead.get("/dashboard")

    assert "POST /v1/outcomes" in text_of(page)
    assert "/dashboard/charts/" not in page.text


async def test_a_figure_without_rows_says_how_to_get_them(lead: Person, made: LearningRows) -> None:
    made.intervention(ago(days=1))

    text = text_of(await lead.get("/dashboard"))

    assert "No query was reported in this time." in text
    assert "No approved proposal has changed an item yet." in text


async def test_names_of_people_are_for_those_who_give_out_work(
    client: AsyncClient, keys: Keys, made: LearningRows
) -> None:
    learn(made, by="dana the reviewer")
    reviewer = await signed_in(client, keys.of[ApiRole.REVIEWER])

    answers = [
        await reviewer.get(path)
        for path in ("/dashboard", "/dashboard/load.csv", "/dashboard/charts/load.svg")
    ]
    as_json = await client.get("/v1/metrics/learning", headers=keys.header())
    as_csv = await client.get("/v1/metrics/learning?format=csv&figure=load", headers=keys.header())

    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert (as_json.json()["load"], as_csv.status_code) == (None, 403)
    told = "".join(answer.text for answer in (*answers, as_json, as_csv))
    assert "dana the reviewer" not in told
    lead = await signed_in(client, keys.of[ApiRole.LEAD])
    assert "dana the reviewer" in (await lead.get("/dashboard")).text


@pytest.mark.parametrize("asked", ["from=nonsense", "from=2026-11-20&to=2026-11-01", "by=century"])
async def test_a_time_that_is_none_is_explained(lead: Person, asked: str) -> None:
    page = await lead.get(f"/dashboard?{asked}")

    assert page.status_code == 422
    assert "This is the usual time instead." in text_of(page)


async def test_the_time_in_the_address_bounds_the_figures(lead: Person, made: LearningRows) -> None:
    learn(made)
    first, last = ago(days=8).date(), ago(days=3).date()

    answer = await lead.get(f"/dashboard/rates.csv?from={first}&to={last}&by=day")

    assert [row["queries"] for row in rows_of(answer)] == ["0", "0", "7", "0", "0", "0"]


async def test_the_page_the_files_and_the_api_have_the_same_numbers(
    lead: Person, keys: Keys, made: LearningRows
) -> None:
    learn(made)
    start = ago(days=20).strftime("%Y-%m-%d")

    body = (
        await lead.client.get(f"/v1/metrics/learning?from={start}", headers=keys.header())
    ).json()
    rates = rows_of(await lead.get(f"/dashboard/rates.csv?from={start}"))
    effects = rows_of(await lead.get(f"/dashboard/effect_by_item.csv?from={start}"))

    assert sum(int(row["resolved_alone"]) for row in rates) == body["ends"]["right"] == 7
    assert sum(int(row["handed_to_a_human"]) for row in rates) == body["ends"]["handed_off"] == 6
    assert body["settled_autonomy_rate"] == pytest.approx(7 / 13)
    (effect,) = body["effect_by_item"]
    assert [effects[0]["prevented"], effects[0]["conclusion"]] == [
        str(effect["prevented"]),
        effect["conclusion"],
    ]


async def test_the_api_gives_each_figure_as_a_file(
    client: AsyncClient, keys: Keys, made: LearningRows
) -> None:
    learn(made)
    for figure in Figure:
        answer = await client.get(
            f"/v1/metrics/learning?format=csv&figure={figure}", headers=keys.header(ApiRole.LEAD)
        )

        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert f'filename="{figure}_' in answer.headers["content-disposition"]
        assert rows_of(answer)


async def test_a_cell_is_no_formula(lead: Person, made: LearningRows) -> None:
    learn(made, title=FORMULA, by="+kim")

    items = rows_of(await lead.get("/dashboard/effect_by_item.csv"))
    load = rows_of(await lead.get("/dashboard/load.csv"))

    assert items[0]["title"] == f"'{FORMULA}"
    assert load[0]["person"] == "'+kim"


async def test_markup_in_names_stays_text(lead: Person, made: LearningRows) -> None:
    learn(made, title=EVIL, by=EVIL)

    page = await lead.get("/dashboard")

    assert dangers(page) == []
    tags = Tags()
    tags.feed(page.text)
    assert EVIL[:60] in text_of(page)


async def test_every_chart_is_a_picture_that_does_nothing(lead: Person, made: LearningRows) -> None:
    learn(made, title=EVIL, by=EVIL)
    for figure in Figure:
        for look in ("theme=light&size=wide", "theme=dark&size=narrow"):
            answer = await lead.get(f"/dashboard/charts/{figure}.svg?{look}")

            assert answer.status_code == 200, (figure, answer.text[:300])
            assert answer.headers["content-type"].startswith("image/svg+xml")
            assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
            assert dangers_of(answer.text) == []


_NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")


def dangers_of(svg: str) -> list[str]:
    """Return what of a picture would run, look otherwise, or be fetched."""
    found: list[str] = []
    for node in ElementTree.fromstring(svg).iter():
        tag = node.tag.rpartition("}")[2]
        found += [tag] * (tag in {"script", "style", "foreignObject", "image", "use", "a"})
        found += [
            f"{tag}.{name}"
            for name, value in node.attrib.items()
            if name.lower().startswith("on")
            or name.rpartition("}")[2] in {"href", "style"}
            or ("url(" in value and "url(#" not in value)
        ]
    return found


async def test_a_chart_of_nothing_is_not_found(lead: Person) -> None:
    answer = await lead.get("/dashboard/charts/rates.svg")

    assert answer.status_code == 404


@pytest.mark.parametrize("look", ["theme=pink", "size=huge"])
async def test_a_chart_is_drawn_in_known_ways_only(lead: Person, look: str) -> None:
    assert (await lead.get(f"/dashboard/charts/rates.svg?{look}")).status_code == 422


async def test_charts_of_the_page_are_described_in_words(lead: Person, made: LearningRows) -> None:
    learn(made)

    page = await lead.get("/dashboard")

    assert 'alt="Chart. Of 13 queries, 54% were resolved by the agent alone' in page.text


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/rates.csv"])
async def test_nobody_reads_it_without_signing_in(client: AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=HTML)

    assert answer.status_code == 303


async def test_agents_do_not_read_the_figures(client: AsyncClient, keys: Keys) -> None:
    answers: list[Any] = [
        await client.get("/v1/metrics/learning", headers=keys.header(role))
        for role in (ApiRole.AGENT, ApiRole.INTEGRATION)
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
