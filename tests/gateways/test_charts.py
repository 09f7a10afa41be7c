"""Drawing in a process of its own."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from xml.etree import ElementTree

import pytest

from gateways.charts import Chart, ChartError, Charts


@pytest.fixture
async def charts() -> AsyncGenerator[Charts]:
    async with Charts(patience=120) as drawing:
        yield drawing


def bars(name: str = "a", **more: Any) -> Chart:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": [{"name": name, "value": 1}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "value", "type": "quantitative"},
            "y": {"field": "name", "type": "nominal"},
        },
        **more,
    }


async def test_a_chart_is_a_picture_and_its_texts_are_text(charts: Charts) -> None:
    svg = await charts.draw(bars("<script>alert(1)</script>&\"'"))

    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<script>alert(1)</script>&\"'" in {node.text for node in root.iter()}
    assert "<script" not in svg


async def test_what_is_drawn_is_kept(charts: Charts, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await charts.draw(bars())
    monkeypatch.setattr(charts, "_ask", None)

    assert await charts.draw(bars()) == first


async def test_a_chart_that_is_none_says_so_and_the_next_one_is_drawn(charts: Charts) -> None:
    with pytest.raises(ChartError):
        await charts.draw({"mark": 7})

    assert (await charts.draw(bars())).startswith("<svg")


async def test_nothing_is_loaded_from_an_address(charts: Charts) -> None:
    with pytest.raises(ChartError):
        await charts.draw(bars(data={"url": "http://127.0.0.1:9/data.json"}))


async def test_a_process_that_has_ended_is_replaced(charts: Charts) -> None:
    await charts.draw(bars("a"))
    process = charts._process  # pyright: ignore[reportPrivateUsage]
    assert process is not None
    process.kill()
    await process.wait()

    assert (await charts.draw(bars("b"))).startswith("<svg")


async def test_who_gives_up_leaves_no_answer_for_the_next(charts: Charts) -> None:
    impatient = asyncio.create_task(charts.draw(bars("gave up")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient

    assert "gave up" not in await charts.draw(bars("stayed"))


async def test_drawing_ends_in_time() -> None:
    async with Charts(patience=0) as hurried:
        with pytest.raises(ChartError, match="too long"):
            await hurried.draw(bars())
