"""The numbers beneath each chart, written as people read them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from api.pages.dashboard_words import CONCLUSIONS, duration, moment, percent, reason_name
from api.services.figure_tables import Cell, Column, Table, Value, table_of
from domain.metrics import Direction, Figure, LearningFigures
from domain.metrics_periods import Period, label_of

_FEW_ROWS = 8
"""Up to so many rows a table is open from the start."""

_PLACES = {
    Figure.EFFECT_BY_ITEM: "/knowledge",
    Figure.EFFECT_BY_PROPOSAL: "/proposals",
}
"""Where the ids in a table's first column lead."""

_NOTHING = "\N{EN DASH}"


class ShownCell(BaseModel):
    """One cell: what stands in it, whether it is a number, and where it leads."""

    text: str
    is_number: bool = False
    href: str = ""


class ShownTable(BaseModel):
    """A table as the page shows it; the first cell of each row heads it."""

    heads: list[ShownCell]
    rows: list[list[ShownCell]]

    @property
    def is_short(self) -> bool:
        """Whether it may stand open."""
        return len(self.rows) <= _FEW_ROWS


def shown_table(figure: Figure, figures: LearningFigures) -> ShownTable:
    """Return a figure's numbers; steps in which nothing happened are left out."""
    table = _readable(figure, table_of(figure, figures), figures)
    leads_to = _PLACES.get(figure)
    # An id is for files; here it is where the title leads.
    first = 1 if leads_to else 0
    rows: list[list[ShownCell]] = []
    for row in table.rows:
        if _is_quiet(table, row):
            continue
        cells = [
            _cell(column, value, figures.period)
            for column, value in zip(table.columns, row, strict=True)
        ][first:]
        if leads_to:
            cells[0] = cells[0].model_copy(update={"href": f"{leads_to}/{UUID(str(row[0]))}"})
        rows.append(cells)
    heads = [ShownCell(text=c.label, is_number=_is_number(c)) for c in table.columns[first:]]
    return ShownTable(heads=heads, rows=rows)


def _is_quiet(table: Table, row: tuple[Value, ...]) -> bool:
    return table.columns[0].cell is Cell.STEP and not any(row[1:])


def _is_number(column: Column) -> bool:
    return column.cell in {Cell.COUNT, Cell.SHARE, Cell.SECONDS}


def _readable(figure: Figure, table: Table, figures: LearningFigures) -> Table:
    """Return the table in the page's own words: names instead of ids and codes."""
    if figure is Figure.REJECTIONS:
        names = [reason_name(rejected.reason) for rejected in figures.rejections]
        rows = [(name, *row[1:]) for name, row in zip(names, table.rows, strict=True)]
        return Table(table.columns, rows)
    return table


def _cell(column: Column, value: Value, period: Period) -> ShownCell:
    return ShownCell(text=_text(column, value, period), is_number=_is_number(column))


def _text(column: Column, value: Value, period: Period) -> str:
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, datetime):
        starts = period.starts()
        return label_of(value, period.by, starts) if column.cell is Cell.STEP else moment(value)
    if isinstance(value, str):
        return _words(column, value)
    if column.cell is Cell.SHARE:
        return percent(value)
    if column.cell is Cell.SECONDS:
        return duration(value)
    return f"{value:,}"


def _words(column: Column, value: str) -> str:
    if column.name == "conclusion":
        return CONCLUSIONS[Direction(value.replace(" ", "_"))]
    return value
