"""The picture of the learning curve: Vega-Lite, drawn without a browser or a network."""

from pathlib import Path
from statistics import median
from typing import Any

import vl_convert

from bench.learning_data import DataSet
from bench.learning_report import LearningReport, StreamFigures

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "learning.svg"

_NAMES = {DataSet.BANKING77: "BANKING77", DataSet.CLINC150: "CLINC150"}
_RIGHT, _WRONG, _DECISIONS = "answered rightly", "answered wrongly", "reviewer decisions a query"
_COLOURS = {_RIGHT: "#1b7f5c", _WRONG: "#c0392b", _DECISIONS: "#6b7280"}


def draw(report: LearningReport) -> None:
    """Write the picture of a run beside the documentation's other pictures."""
    svg: str = vl_convert.vegalite_to_svg(_specification(report))
    PICTURE.write_text(svg + "\n", encoding="utf-8")


def _specification(report: LearningReport) -> dict[str, Any]:
    """Return the Vega-Lite chart: a panel a data set, the median of its streams at each point."""
    panels = [
        _panel(_NAMES[data], found)
        for data in DataSet
        if (found := [stream for stream in report.streams if stream.data is data])
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "padding": 12,
        "hconcat": panels,
        "config": {
            "font": "sans-serif",
            "axis": {"labelFontSize": 12, "titleFontSize": 12, "gridColor": "#e5e7eb"},
            "legend": {"labelFontSize": 12, "orient": "bottom", "title": None, "labelLimit": 0},
            "title": {"fontSize": 14, "anchor": "start"},
            "view": {"stroke": None},
        },
    }


def _panel(name: str, found: list[StreamFigures]) -> dict[str, Any]:
    end = found[0].curve[-1].asked
    return {
        "title": f"{name}, from empty knowledge",
        "width": 380,
        "height": 250,
        "data": {"values": _values(found)},
        "mark": {"type": "line", "strokeWidth": 2.5, "interpolate": "monotone"},
        "encoding": {
            "x": {
                "field": "asked",
                "type": "quantitative",
                "title": "queries asked",
                "scale": {"domain": [0, end]},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": "share of the last 500 queries",
                "axis": {"format": "%"},
                "scale": {"domain": [0, 1]},
            },
            "color": {
                "field": "what",
                "type": "nominal",
                "scale": {"domain": list(_COLOURS), "range": list(_COLOURS.values())},
            },
            "strokeDash": {
                "field": "what",
                "type": "nominal",
                "scale": {"domain": list(_COLOURS), "range": [[1, 0], [2, 2], [6, 4]]},
            },
        },
    }


def _values(found: list[StreamFigures]) -> list[dict[str, Any]]:
    """Return the points: of each curve's part, the medians over the streams."""
    values: list[dict[str, Any]] = []
    before = 0
    decided = [0] * len(found)
    for place, point in enumerate(found[0].curve):
        points = [stream.curve[place] for stream in found]
        spent = [p.decisions - d for p, d in zip(points, decided, strict=True)]
        figures = {
            _RIGHT: median(p.autonomy for p in points),
            _WRONG: median(p.answered - p.autonomy for p in points),
            _DECISIONS: median(spent) / (point.asked - before),
        }
        values += [
            {"asked": point.asked, "what": what, "value": value} for what, value in figures.items()
        ]
        before, decided = point.asked, [p.decisions for p in points]
    return values
