"""The dashboard's charts of rows: bars and pairs of points, each below its own words."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from api.pages.dashboard_look import Canvas, Look, chart, color_scale, text_layer
from api.pages.dashboard_words import analyst_name, duration, reason_name, tier_name
from domain.metrics import Effect, LearningFigures
from gateways.charts import Chart

Layer = dict[str, Any]

_MOST = 10
"""How many rows a chart shows."""

_ROW = 48
"""How high a row is with its words, in pixels."""

_BAR: Layer = {"type": "bar", "orient": "horizontal", "height": 15, "yOffset": 9}
_FROM_ZERO: Layer = {"datum": 0}


class _Bar(NamedTuple):
    """One row of a bar chart: its name, its value, and what is said beside it."""

    name: str
    value: float
    said: str


def draw_approval_times(figures: LearningFigures, look: Look) -> Chart | None:
    tiers = [tier for tier in figures.approval_times.tiers if tier.approved]
    if not tiers:
        return None
    unit, seconds = _unit(max(tier.p90_seconds or 0 for tier in tiers))
    canvas = Canvas(look, height=_ROW * len(tiers), left=8, right=24)
    values = [
        {
            "row": place,
            "name": tier_name(tier),
            "half": (tier.median_seconds or 0) / seconds,
            "most": (tier.p90_seconds or 0) / seconds,
            "said": f"{tier_name(tier)}: half within {duration(tier.median_seconds)}, "
            f"90% within {duration(tier.p90_seconds)} ({tier.approved:,})",
        }
        for place, tier in enumerate(tiers)
    ]
    y = _rows_axis(len(tiers))
    x: Layer = {"type": "quantitative", "scale": {"domainMin": 0}, "axis": {"title": unit}}
    x["axis"]["tickCount"] = 5
    reach: Layer = {
        "mark": {**_BAR, "color": look.theme.band},
        "encoding": {"y": y, "x": {"field": "most", **x}, "x2": _FROM_ZERO},
    }
    half: Layer = {
        "mark": {**_BAR, "color": look.theme.first},
        "encoding": {"y": y, "x": {"field": "half", **x}, "x2": _FROM_ZERO},
    }
    return chart(canvas, [reach, half, _row_names(look, y)], values)


def _unit(longest: float) -> tuple[str, float]:
    for name, seconds in (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0)):
        if longest >= 2 * seconds:
            return name, seconds
    return "seconds", 1.0


def _rows_axis(count: int) -> Layer:
    return {
        "field": "row",
        "type": "quantitative",
        "scale": {"domain": [-0.5, count - 0.5], "reverse": True, "nice": False},
        "axis": None,
    }


def _row_names(look: Look, y: Layer) -> Layer:
    """Return each row's words above its bar, so that they have the whole width."""
    return {
        "mark": {**text_layer(look, look.theme.ink), "align": "left", "dy": -9, "dx": 0},
        "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "said"}},
    }


def _effects(effects: Sequence[Effect], look: Look) -> Chart | None:
    shown = [e for e in effects if e.rate_before is not None and e.after.total][:_MOST]
    if not shown:
        return None
    canvas = Canvas(look, height=_ROW * len(shown), left=8, right=24)
    most = 46 if look.is_wide else 24
    values = [
        {
            "row": place,
            "before": e.rate_before,
            "after": e.rate_after,
            "said": f"{_short(e.title, most)}: {e.prevented:,} prevented "
            f"({e.before_human:,} of {e.before:,} before, "
            f"{e.after.needed_a_human:,} of {e.after.total:,} after)"
            if look.is_wide
            else f"{_short(e.title, most)}: {e.prevented:,} prevented",
        }
        for place, e in enumerate(shown)
    ]
    y = _rows_axis(len(shown))
    return chart(canvas, [*_from_before_to_after(y, look), _row_names(look, y)], values)


def _from_before_to_after(y: Layer, look: Look) -> list[Layer]:
    """Return a line a row, from a spot where it was to a spot where it is."""
    axis = {"axis": {"format": ".0%", "title": "of similar cases needed a human", "tickCount": 5}}
    x = {"type": "quantitative", "scale": {"domain": [0, 1]}, **axis}
    below = {"yOffset": 10}
    return [
        {
            "mark": {"type": "rule", "color": look.theme.quiet, "strokeWidth": 2, **below},
            "encoding": {
                "y": y,
                "x": {"field": "after", **x},
                "x2": {"field": "before"},
            },
        },
        {
            "mark": {
                **{"type": "point", "shape": "circle", "size": 110, "strokeWidth": 2},
                **{"color": look.theme.second, "fill": look.theme.back, "opacity": 1, **below},
            },
            "encoding": {"y": y, "x": {"field": "before", **x}},
        },
        {
            "mark": {
                **{"type": "point", "shape": "circle", "size": 110, "filled": True},
                **{"color": look.theme.first, "opacity": 1, **below},
            },
            "encoding": {"y": y, "x": {"field": "after", **x}},
        },
    ]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def draw_by_item(figures: LearningFigures, look: Look) -> Chart | None:
    return _effects(figures.effect_by_item, look)


def draw_by_proposal(figures: LearningFigures, look: Look) -> Chart | None:
    return _effects(figures.effect_by_proposal, look)


def draw_acceptance(figures: LearningFigures, look: Look) -> Chart | None:
    shown = figures.acceptance[:_MOST]
    if not shown:
        return None
    canvas = Canvas(look, height=_ROW * len(shown), left=8, right=24)
    names = {
        "as drafted": look.theme.first,
        "after an edit": look.theme.band,
        "rejected": look.theme.second,
    }
    values: list[dict[str, Any]] = []
    for place, one in enumerate(shown):
        start = 0.0
        counts = (one.as_drafted, one.edited, one.rejected)
        said = (
            f"{analyst_name(one)}: {one.as_drafted:,} as drafted, {one.edited:,} edited, "
            f"{one.rejected:,} rejected"
        )
        for what, count in zip(names, counts, strict=True):
            end = start + count / one.decided
            row = {"row": place, "what": what, "from": start, "to": end}
            values.append({**row, "said": _short(said, 110 if look.is_wide else 52)})
            start = end
    y = _rows_axis(len(shown))
    x = {"type": "quantitative", "scale": {"domain": [0, 1]}}
    bars: Layer = {
        "mark": {
            **_BAR,
            **{"stroke": look.theme.back, "strokeWidth": 2},
        },
        "encoding": {
            "y": y,
            "x": {"field": "from", **x, "axis": {"format": ".0%", "title": None}},
            "x2": {"field": "to"},
            "color": color_scale("what", names),
        },
    }
    return chart(canvas, [bars, _row_names(look, y)], values)


def _bars(bars: Sequence[_Bar], look: Look) -> Chart | None:
    shown = [bar for bar in bars if bar.value][:_MOST]
    if not shown:
        return None
    canvas = Canvas(look, height=_ROW * len(shown), left=8, right=24)
    values = [
        {"row": place, "value": bar.value, "said": f"{_short(bar.name, 40)}: {bar.said}"}
        for place, bar in enumerate(shown)
    ]
    y = _rows_axis(len(shown))
    x = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domainMin": 0},
        "axis": {"title": None, "tickMinStep": 1, "format": "d", "tickCount": 5},
    }
    layer: Layer = {
        "mark": {**_BAR, "color": look.theme.first},
        "encoding": {"y": y, "x": x, "x2": _FROM_ZERO},
    }
    return chart(canvas, [layer, _row_names(look, y)], values)


def draw_rejections(figures: LearningFigures, look: Look) -> Chart | None:
    return _bars(
        [_Bar(reason_name(r.reason), r.count, f"{r.count:,}") for r in figures.rejections], look
    )


def draw_load(figures: LearningFigures, look: Look) -> Chart | None:
    return _bars(
        [
            _Bar(
                one.person,
                one.decisions,
                f"{one.decisions:,} decided, half within {duration(one.median_seconds)}; "
                f"{one.assigned:,} assigned",
            )
            for one in figures.load or ()
        ],
        look,
    )
