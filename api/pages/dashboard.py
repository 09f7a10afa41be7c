"""The dashboard: figures over time with their charts, the numbers beneath, and files of them."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.context import Context, ContextDep
from api.pages.dashboard_charts import draw_figure
from api.pages.dashboard_definitions import DEFINITIONS, MISSING
from api.pages.dashboard_look import WIDTHS, Look, Scheme, Size
from api.pages.dashboard_tables import ShownTable, shown_table
from api.pages.dashboard_words import (
    STEP_NAMES,
    TITLES,
    Card,
    cards_of,
    freshness_of,
    message_of,
    moment,
)
from api.pages.visitor import SignedIn, Visitor
from api.problems import ProblemError, invalid_field, not_permitted
from api.routes.metrics import csv_of
from api.services.figures import Fresh, may_see_people
from domain.identity import Permission
from domain.metrics import Figure, LearningFigures
from domain.metrics_periods import MetricStep, Period, Wanted
from gateways.charts import ChartError

router = APIRouter(prefix="/dashboard", include_in_schema=False)

_SVG_POLICY = "default-src 'none'; sandbox"
"""Even opened by itself, a chart runs and loads nothing."""

From = Annotated[str, Query(alias="from", max_length=60)]
To = Annotated[str, Query(alias="to", max_length=60)]
By = Annotated[str, Query(max_length=20)]


class ShownFigure(BaseModel):
    """One figure of the page: what it says, its picture, its numbers and how they are counted."""

    name: Figure
    title: str
    message: str
    missing: str
    has_chart: bool
    definition: tuple[str, ...]
    table: ShownTable


class ShownPeriod(BaseModel):
    """The period of the page, in words and as addresses and forms carry it."""

    words: str
    query: str
    first_day: str
    last_day: str
    by: MetricStep
    step: str
    is_cut: bool


class Preset(BaseModel):
    """A link to a usual length of time."""

    label: str
    href: str


_PRESETS = (("4 weeks", 28), ("3 months", 91), ("1 year", 365))


@router.get("")
async def show_dashboard(
    visitor: SignedIn, context: ContextDep, start: From = "", end: To = "", by: By = ""
) -> Response:
    """Show how the loop fares in a period; by default in the last four weeks."""
    problem: ProblemError | None = None
    try:
        figures = await _read(context, visitor, Wanted(start, end, by), Fresh.COUNTED_NOW)
    except ProblemError as error:
        problem = error
        figures = await _read(context, visitor, Wanted(), Fresh.COUNTED_NOW)
    return _page(visitor, figures, problem)


def _page(visitor: Visitor, figures: LearningFigures, problem: ProblemError | None) -> Response:
    cards: list[Card] = cards_of(figures)
    shown = [figure for figure in Figure if figure is not Figure.LOAD or figures.load is not None]
    return visitor.page(
        "dashboard/dashboard.html",
        status_code=problem.status if problem else 200,
        section="dashboard",
        cards=cards,
        figures=[_shown(figure, figures) for figure in shown],
        period=_period(figures.period),
        presets=_presets(figures),
        steps=[(step, STEP_NAMES[step]) for step in MetricStep],
        freshness=freshness_of(figures),
        is_empty=not (figures.ends.total or figures.interventions or figures.approval_times.tiers),
        widths={size.value: width for size, width in WIDTHS.items()},
        problem=problem,
    )


def _shown(figure: Figure, figures: LearningFigures) -> ShownFigure:
    message = message_of(figure, figures)
    return ShownFigure(
        name=figure,
        title=TITLES[figure],
        message=message,
        missing="" if message else MISSING[figure],
        has_chart=bool(message) and draw_figure(figure, figures, Look()) is not None,
        definition=DEFINITIONS[figure],
        table=shown_table(figure, figures),
    )


def _period(period: Period) -> ShownPeriod:
    return ShownPeriod(
        words=f"{moment(period.start)} to {moment(period.end)} UTC",
        query=_query(period),
        first_day=f"{period.start:%Y-%m-%d}",
        last_day=f"{period.end:%Y-%m-%d}",
        by=period.by,
        step=STEP_NAMES[period.by],
        is_cut=period.cuts_its_last_step,
    )


def _query(period: Period) -> str:
    times = {"from": period.start, "to": period.end}
    written = {name: time.isoformat().replace("+00:00", "Z") for name, time in times.items()}
    return urlencode({**written, "by": period.by.value})


def _presets(figures: LearningFigures) -> list[Preset]:
    today = figures.taken_at.date()
    presets = [Preset(label="Last 24 hours", href=f"/dashboard?{_since(figures, 1)}")]
    for label, days in _PRESETS:
        first = today.fromordinal(today.toordinal() - days)
        presets.append(Preset(label=label, href=f"/dashboard?{urlencode({'from': first})}"))
    return presets


def _since(figures: LearningFigures, days: int) -> str:
    taken = figures.taken_at
    start = taken.fromtimestamp(taken.timestamp() - days * 86_400, taken.tzinfo)
    return urlencode({"from": start.strftime("%Y-%m-%dT%H:%M:%SZ")})


@router.get("/charts/{figure}.svg")
async def show_chart(
    visitor: SignedIn,
    context: ContextDep,
    figure: Figure,
    start: From = "",
    end: To = "",
    by: By = "",
    theme: Scheme = Scheme.LIGHT,
    size: Size = Size.WIDE,
) -> Response:
    """Return a figure's chart as a picture."""
    _check_people(visitor, figure)
    figures = await _read(context, visitor, Wanted(start, end, by), Fresh.AS_SHOWN)
    drawing = draw_figure(figure, figures, Look(theme, size))
    if drawing is None:
        raise ProblemError(404, "no_chart", "There is too little to draw in this time")
    try:
        svg = await context.charts.draw(drawing)
    except ChartError:
        raise ProblemError(
            503, "chart_not_drawn", "The chart could not be drawn", "The numbers are in the table."
        ) from None
    return Response(
        svg,
        media_type="image/svg+xml",
        headers={
            "Content-Security-Policy": _SVG_POLICY,
            "Cache-Control": "private, max-age=300",
        },
    )


@router.get("/{figure}.csv")
async def download_figure(
    visitor: SignedIn,
    context: ContextDep,
    figure: Figure,
    start: From = "",
    end: To = "",
    by: By = "",
) -> Response:
    """Return a figure's numbers as a file for spreadsheets."""
    _check_people(visitor, figure)
    figures = await _read(context, visitor, Wanted(start, end, by), Fresh.AS_SHOWN)
    return csv_of(figure, figures, visitor.principal)


def _check_people(visitor: Visitor, figure: Figure) -> None:
    if figure is Figure.LOAD and not may_see_people(visitor.principal):
        raise not_permitted(visitor.principal.role, Permission.ASSIGN)


async def _read(
    context: Context, visitor: Visitor, wanted: Wanted, fresh: Fresh
) -> LearningFigures:
    try:
        return await context.figures.read(context.database, visitor.principal, wanted, fresh)
    except ValueError as error:
        raise invalid_field("from", str(error)) from None
