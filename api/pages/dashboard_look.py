"""How charts look: themes, sizes, and the parts that several charts share."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from domain.metrics_periods import MetricStep, label_of
from gateways.charts import Chart

_FONT = "system-ui, 'Liberation Sans', Arial, Helvetica, sans-serif"
_LABEL_GAP = 17
"""How far apart the names of two lines stand at least, in pixels."""


class Scheme(StrEnum):
    """For which of the reader's settings a chart is drawn."""

    LIGHT = "light"
    DARK = "dark"


class Size(StrEnum):
    """For how much room it is drawn."""

    WIDE = "wide"
    NARROW = "narrow"


class Theme(NamedTuple):
    """Colours of one scheme. The first three differ in lightness and for the colour-blind, too."""

    back: str
    ink: str
    soft: str
    grid: str
    first: str
    second: str
    third: str
    band: str
    quiet: str


THEMES = {
    Scheme.LIGHT: Theme(
        *("#ffffff", "#1c2230", "#5a6375", "#e4e7ed"),
        *("#17479e", "#a85b00", "#8f1d5c", "#b9cbea", "#9aa3b2"),
    ),
    Scheme.DARK: Theme(
        *("#1b2029", "#e6e9f0", "#a1abbd", "#313948"),
        *("#8db0ff", "#f0b35c", "#f49ac2", "#3f5482", "#6d778a"),
    ),
}

WIDTHS = {Size.WIDE: 860, Size.NARROW: 330}

_SLIM = 40


class Look(NamedTuple):
    """The theme and the width of one drawing."""

    scheme: Scheme = Scheme.LIGHT
    size: Size = Size.WIDE

    @property
    def theme(self) -> Theme:
        """Its colours."""
        return THEMES[self.scheme]

    @property
    def is_wide(self) -> bool:
        """Whether there is room for longer words."""
        return self.size is Size.WIDE


class Canvas(NamedTuple):
    """The room of one drawing: the plot, and what its axes and names take beside it."""

    look: Look
    height: int
    left: int = 48
    right: int = 24

    @property
    def plot_width(self) -> int:
        """How wide the plot itself is."""
        return WIDTHS[self.look.size] - self.left - self.right


class Series(NamedTuple):
    """One line: its field, its name, and how it is told from the others."""

    field: str
    name: str
    color: str = ""
    dash: tuple[int, ...] = ()
    width: float = 2.5


def chart(
    canvas: Canvas,
    layers: Sequence[Mapping[str, Any]],
    values: Sequence[Mapping[str, Any]],
    *,
    panels: Sequence[Mapping[str, Any]] = (),
    note: str = "",
) -> Chart:
    """Return a chart of layers over the same values, or of panels, one below the other.

    `note` stands above it.
    """
    theme = canvas.look.theme
    body: Chart = (
        {"vconcat": list(panels), "spacing": 14}
        if panels
        else {
            "width": canvas.plot_width,
            "height": canvas.height,
            "data": {"values": list(values)},
            "layer": list(layers),
        }
    )
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": theme.back,
        # Whoever looks may have a wider font than the one that was measured here.
        "padding": {"left": 4, "right": 28 if canvas.right > _SLIM else 4, "top": 8, "bottom": 4},
        **body,
        **({"title": {"text": note, "fontWeight": "normal", "color": theme.soft}} if note else {}),
        "config": _config(theme),
    }


def _config(theme: Theme) -> dict[str, Any]:
    return {
        "font": _FONT,
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelColor": theme.soft,
            "titleColor": theme.soft,
            "gridColor": theme.grid,
            "domainColor": theme.grid,
            "tickColor": theme.grid,
            "labelLimit": 0,
        },
        "title": {"anchor": "start", "fontSize": 12, "fontWeight": 600, "color": theme.ink},
        "legend": {
            "orient": "top",
            "title": None,
            "labelFontSize": 12,
            "labelColor": theme.ink,
            "labelLimit": 0,
            "symbolType": "square",
        },
    }


def text_layer(look: Look, color: str) -> dict[str, Any]:
    """Return the mark of words on a chart."""
    size = 13 if look.is_wide else 12
    return {"type": "text", "font": _FONT, "fontSize": size, "color": color, "limit": 0}


def color_scale(field: str, colors: Mapping[str, str]) -> dict[str, Any]:
    """Return an encoding that gives each of these names its colour."""
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(colors), "range": list(colors.values())},
    }


def end_labels(
    canvas: Canvas, ends: Sequence[tuple[Series, float]], x: Mapping[str, Any], at: object
) -> list[dict[str, Any]]:
    """Return the lines' names and last shares right of their ends, moved apart where they meet."""
    ordered = sorted(ends, key=lambda end: -end[1])
    places = spread([(1 - share) * canvas.height for _, share in ordered], canvas.height)
    return [
        {
            "data": {"values": [{"at": at, "said": f"{line.name} {share:.0%}"}]},
            "mark": {
                **text_layer(canvas.look, line.color),
                **{"align": "left", "dx": 10, "fontWeight": 600, "baseline": "middle"},
            },
            "encoding": {"x": x, "y": {"value": place}, "text": {"field": "said"}},
        }
        for (line, share), place in zip(ordered, places, strict=True)
    ]


def spread(places: Sequence[float], height: float) -> list[float]:
    """Return places in the same order, far enough apart for words, within the height if it fits."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + _LABEL_GAP) if found else place)
    lowest = height
    for index in range(len(found) - 1, -1, -1):
        found[index] = min(found[index], lowest)
        lowest = found[index] - _LABEL_GAP
    return found


def shown_steps(starts: Sequence[datetime], by: MetricStep, *, most: int) -> dict[int, str]:
    """Return the names of some steps by their places, evenly apart, the first one among them."""
    every = max(1, -(-len(starts) // most))
    return {place: label_of(starts[place], by, starts) for place in range(0, len(starts), every)}
