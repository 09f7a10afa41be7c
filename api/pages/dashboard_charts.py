"""The charts of the dashboard as Vega-Lite: which marks stand where, in which colours.

Lines differ by dash and carry their names, so that they can be told apart in grey, too. Sizes are
fixed: whoever shows a chart knows how much room it takes.
"""

from collections.abc import Callable
from typing import Any

from api.pages import dashboard_bars
from api.pages.dashboard_look import (
    Canvas,
    Look,
    Series,
    chart,
    end_labels,
    shown_steps,
    text_layer,
)
from api.pages.dashboard_words import percent
from api.services.figure_tables import GAP_NAMES
from domain.findings import Gap
from domain.metrics import Figure, LearningFigures, RatePoint
from gateways.charts import Chart

Layer = dict[str, Any]


def draw_figure(figure: Figure, figures: LearningFigures, look: Look) -> Chart | None:
    """Return a figure's chart; None where there is too little for a picture."""
    return _CHARTS[figure](figures, look)


def _rates(figures: LearningFigures, look: Look) -> Chart | None:
    points = [point for point in figures.rates if point.ends.total]
    if not points:
        return None
    canvas = Canvas(look, height=280, right=190 if look.is_wide else 128)
    series = [
        Series("alone", "Resolved alone", look.theme.first, (), 3),
        Series("handed", "Handed to a human" if look.is_wide else "To a human")._replace(
            color=look.theme.second, dash=(8, 4)
        ),
        Series("wrong", "Answered wrongly" if look.is_wide else "Wrong")._replace(
            color=look.theme.third, dash=(2, 3)
        ),
    ]
    x = _steps_axis(figures, look)
    values = [_rate_values(point, figures) for point in points]
    band: Layer = {
        "mark": {"type": "area", "color": look.theme.band, "opacity": 1},
        "encoding": {"x": x, "y": _share("settled"), "y2": {"field": "alone"}},
    }
    # An area of one point has no width.
    alone: list[Layer] = [
        {
            "mark": {"type": "rule", "color": look.theme.band, "strokeWidth": 12},
            "encoding": band["encoding"],
        }
    ] * (len(values) == 1)
    lines = [_line(line, x) for line in series]
    last = values[-1]
    labels = end_labels(canvas, [(line, float(last[line.field])) for line in series], x, last["at"])
    note = "The band is not settled yet" if figures.ends.unsettled else ""
    return chart(canvas, [band, *alone, *lines, *labels], values, note=note)


def _rate_values(point: RatePoint, figures: LearningFigures) -> dict[str, Any]:
    ends = point.ends
    return {
        "at": figures.period.starts().index(point.start),
        "alone": ends.autonomy,
        "settled": ends.settled_autonomy,
        "handed": ends.share(ends.handed_off),
        "wrong": ends.share(ends.wrong),
    }


def _line(line: Series, x: Layer) -> Layer:
    return {
        "mark": {
            "type": "line",
            "color": line.color,
            "strokeJoin": "round",
            "strokeWidth": line.width,
            **({"strokeDash": list(line.dash)} if line.dash else {}),
            "point": {"color": line.color, "size": 34, "filled": True},
        },
        "encoding": {"x": x, "y": _share(line.field)},
    }


def _share(field: str) -> Layer:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%", "tickCount": 5, "title": None},
    }


def _steps_axis(figures: LearningFigures, look: Look, *, title: str | None = None) -> Layer:
    starts = figures.period.starts()
    names = shown_steps(starts, figures.period.by, most=7 if look.is_wide else 3)
    return {
        "field": "at",
        "type": "quantitative",
        "scale": {"domain": [-0.5, max(len(starts) - 0.5, 0.5)], "nice": False},
        "axis": {
            "values": sorted(names),
            "labelExpr": _chosen_label(names),
            "title": title,
            "grid": False,
            "labelOverlap": False,
        },
    }


def _chosen_label(names: dict[int, str]) -> str:
    """Return Vega's expression for a tick's name. Names are of times: digits, letters, commas."""
    told = ", ".join(f"'{place}': '{name}'" for place, name in sorted(names.items()))
    return f"{{{told}}}[toString(datum.value)]"


def _learning(figures: LearningFigures, look: Look) -> Chart | None:
    if len(figures.learning) < 2:
        return None
    canvas = Canvas(look, height=280, right=60 if look.is_wide else 36)
    values = [
        {
            "changes": point.changes,
            "rate": point.ends.share(point.ends.needed_a_human),
            "asked": point.ends.total,
            "said": percent(point.ends.share(point.ends.needed_a_human)),
        }
        for point in figures.learning
    ]
    x: Layer = {
        "field": "changes",
        "type": "quantitative",
        "scale": {"zero": False, "nice": False, "padding": 12},
        "axis": {"title": "approved changes in force", "tickMinStep": 1, "format": "d"},
    }
    x["axis"]["tickCount"] = 8 if look.is_wide else 4
    return chart(canvas, _learning_layers(x, [values[0], values[-1]], look), values)


def _learning_layers(x: Layer, ends: list[dict[str, Any]], look: Look) -> list[Layer]:
    """Return the line, spots as large as their stage, and what its two ends say."""
    line: Layer = {
        "mark": {"type": "line", "color": look.theme.first, "strokeWidth": 3},
        "encoding": {"x": x, "y": _share("rate")},
    }
    spots: Layer = {
        "mark": {"type": "point", "filled": True, "color": look.theme.first, "opacity": 1},
        "encoding": {
            "x": x,
            "y": _share("rate"),
            "size": {
                "field": "asked",
                "type": "quantitative",
                "scale": {"range": [40, 260], "zero": True},
                "legend": None,
            },
        },
    }
    labels: Layer = {
        "data": {"values": ends},
        "mark": {
            **text_layer(look, look.theme.ink),
            "dy": -16,
            "fontWeight": "bold",
            "align": "center",
        },
        "encoding": {"x": x, "y": _share("rate"), "text": {"field": "said"}},
    }
    return [line, spots, labels]


def _gaps(figures: LearningFigures, look: Look) -> Chart | None:
    totals = {gap: sum(p.counts.get(gap, 0) for p in figures.gaps) for gap in Gap}
    found = [gap for gap in Gap if totals[gap]]
    if not found:
        return None
    highest = max(max(p.counts.values(), default=0) for p in figures.gaps)
    canvas = Canvas(look, height=86 * len(found))
    x = _steps_axis(figures, look)
    panels: list[Layer] = []
    for place, gap in enumerate(found):
        is_last = place + 1 == len(found)
        values = [
            {"at": at, "count": point.counts.get(gap, 0)}
            for at, point in enumerate(figures.gaps)
            if point.counts.get(gap)
        ]
        axis = x if is_last else {**x, "axis": {**x["axis"], "labels": False}}
        panels.append(
            {
                "title": f"{GAP_NAMES[gap]}: {totals[gap]:,}",
                "width": canvas.plot_width,
                "height": 52,
                "data": {"values": values},
                "mark": {
                    "type": "bar",
                    "color": look.theme.first if gap is not Gap.NONE else look.theme.quiet,
                    "width": {"expr": f"max(2, {canvas.plot_width / len(figures.gaps):.2f} - 3)"},
                },
                "encoding": {
                    "x": axis,
                    "y": {
                        "field": "count",
                        "type": "quantitative",
                        "scale": {"domain": [0, highest]},
                        "axis": {"title": None, "tickCount": 2, "format": "d", "tickMinStep": 1},
                    },
                },
            }
        )
    return chart(canvas, [], [], panels=panels)


_CHARTS: dict[Figure, Callable[[LearningFigures, Look], Chart | None]] = {
    Figure.RATES: _rates,
    Figure.LEARNING: _learning,
    Figure.APPROVAL_TIMES: dashboard_bars.draw_approval_times,
    Figure.GAPS: _gaps,
    Figure.EFFECT_BY_ITEM: dashboard_bars.draw_by_item,
    Figure.EFFECT_BY_PROPOSAL: dashboard_bars.draw_by_proposal,
    Figure.ACCEPTANCE: dashboard_bars.draw_acceptance,
    Figure.REJECTIONS: dashboard_bars.draw_rejections,
    Figure.LOAD: dashboard_bars.draw_load,
}
