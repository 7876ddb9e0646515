"""A cube as people read it: a sentence, a chart, a table, and a heat-map."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from billing.money import rounded
from controlplane import cells
from controlplane.dashboard.charts import Chart, Column, Row
from controlplane.dashboard.explore.buckets import Bucket
from controlplane.dashboard.explore.choices import Choices
from controlplane.dashboard.explore.cube import Cube, Item, Name
from controlplane.dashboard.explore.measures import Value
from controlplane.dashboard.exporting import Sheet
from controlplane.dashboard.filters.names import name_in
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import PageFilter
from controlplane.dashboard.numbers import change_text, in_unit, percent_text

STEPS = 7
TENTH = Decimal("0.1")

Names = Mapping[str, Mapping[str, str]]


def title_of_item(item: Item, choices: Choices, names: Names) -> str:
    if item.is_other:
        return f"Other ({item.groups})"
    return name_in(names.get(choices.by, {}), choices.by, item.name)


def chart_of(
    cube: Cube, choices: Choices, places: list[Bucket], chosen: PageFilter, names: Names, path: str
) -> Chart:
    """Columns by rank, `other` last; the compared period as an outline of the total."""
    items = [*cube.items, *([cube.other] if cube.other and choices.measure.is_sum else [])]
    kind = "bar" if choices.view == "stack" else "line"
    columns, lines = [], []
    for slot, item in enumerate(items, start=1):
        key = "" if item.name is None else str(item.name)
        if choices.focus is not None and (item.is_other or key != choices.focus):
            continue
        focus = None if choices.focus is not None else key
        url = None if item.is_other else chosen.query.having({"focus": focus}).url(path)
        title = title_of_item(item, choices, names)
        columns.append(Column(title, kind, 0 if item.is_other else slot, url))
        line = cube.other_over_time if item.is_other else cube.over_time.get(item.name, {})
        lines.append(_filled(line, places, choices))
    if cube.before_over_time and choices.focus is None and choices.view == "stack":
        columns.append(Column("the period before", "previous"))
        lines.append(_shifted(cube.before_over_time, places))
    rows = [
        Row(
            at=bucket.start,
            title=bucket.title,
            values=[line[place] for line in lines],
            url=bucket.query.url(path),
            is_partial=bucket.end > chosen.now,
        )
        for place, bucket in enumerate(places)
    ]
    says = f"{choices.measure.title} by {choices.each}. Left and right read it; Enter opens one."
    shape = "bars" if choices.view == "stack" else "lines"
    measure = choices.measure
    zone = chosen.period.timezone
    return Chart(shape, says, measure.unit, columns, rows, zone, choices.each, measure.places)


def _filled(line: Mapping[str, Value], places: list[Bucket], choices: Choices) -> list[Value]:
    """Nothing is zero of a sum, and a gap of anything else."""
    missing = 0 if choices.measure.is_sum else None
    return [line.get(bucket.key, missing) for bucket in places]


def _shifted(line: Mapping[str, Value], places: list[Bucket]) -> list[Value]:
    """The other period's values in its own order, place by place."""
    values = [line[key] for key in sorted(line)]
    return [values[place] if place < len(values) else None for place in range(len(places))]


def sentence(cube: Cube, choices: Choices, names: Names) -> str:
    """What made this number: who moved most, or who is largest."""
    total = cube.total
    if total is None or not cube.items:
        return ""
    moved = [
        item for item in cube.items if item.before is not None and (item.now or 0) != item.before
    ]
    if choices.measure.is_sum and moved and total.before is not None:
        return _moved(max(moved, key=lambda item: abs(_difference(item))), total, choices, names)
    first = cube.items[0]
    title, value = title_of_item(first, choices, names), _text(first.now, choices)
    if choices.measure.is_sum and total.now:
        share = percent_text(Decimal(first.now or 0) / Decimal(total.now))
        return f"{title} is {share} of {_text(total.now, choices)}."
    return f"{title}, the busiest, is at {value}; all together {_text(total.now, choices)}."


def _moved(item: Item, total: Item, choices: Choices, names: Names) -> str:
    difference, whole = _difference(item), _difference(total)
    verb = "rose" if difference > 0 else "fell"
    title, amount = title_of_item(item, choices, names), _text(abs(difference), choices)
    text = f"{title} {verb} by {amount} ({change_text(item.now or 0, item.before or 0)})"
    if whole and whole * difference > 0 and abs(difference) <= abs(whole):
        noun = "growth" if whole > 0 else "decline"
        return f"{text}: {percent_text(difference / whole, 0)} of all {noun}."
    return f"{text}; all together {_text(total.now, choices)}, {_signed(whole, choices)}."


def _difference(item: Item) -> Decimal:
    return Decimal(item.now or 0) - Decimal(item.before or 0)


def _signed(value: Decimal, choices: Choices) -> str:
    words = "more" if value >= 0 else "less"
    return f"{_text(abs(value), choices)} {words} than before"


def _text(value: Value, choices: Choices) -> str:
    if value is None:
        return "unknown"
    return in_unit(value, choices.measure.unit, choices.measure.places)


@dataclass(frozen=True)
class Cell:
    """A value of the heat-map, how strong its colour is (0 to 7), and what it is about."""

    value: Value
    step: int
    query: Query


@dataclass(frozen=True)
class HeatRow:
    title: str
    cells: list[Cell]
    total: Value


def heat_of(cube: Cube, choices: Choices, chosen: PageFilter, names: Names) -> list[HeatRow]:
    """A row for each value of the second dimension, a cell for each series."""
    if choices.then is None:
        return []
    then = choices.then
    shown = [(row, item.name) for row in cube.rows for item in cube.items]
    most = max((cube.cells.get(place) or 0 for place in shown), default=0)
    return [
        HeatRow(
            title=name_in(names.get(then, {}), then, row),
            cells=[
                Cell(
                    cube.cells.get((row, item.name)),
                    _step(cube.cells.get((row, item.name)), most),
                    _about(chosen.query, {then: row, choices.by: item.name}),
                )
                for item in cube.items
            ],
            total=cube.row_totals[row],
        )
        for row in cube.rows
    ]


def _about(query: Query, values: Mapping[str, Name]) -> Query:
    return query.having(
        {name: "" if value is None else str(value) for name, value in values.items()}
    )


def _step(value: Value, most: Value) -> int:
    """From 1 for the least to 7 for the most; 0 for nothing."""
    if not value or not most:
        return 0
    share = Decimal(value) / Decimal(most)
    return max(1, min(STEPS, int(rounded(share * STEPS + TENTH * 4, 0))))


def sheet_of(cube: Cube, choices: Choices, names: Names) -> Sheet:
    """The table beneath the chart, with exact values."""
    items = [
        *cube.items,
        *([cube.other] if cube.other else []),
        *([cube.total] if cube.total else []),
    ]
    rows: list[list[cells.Cell]] = []
    for item in items:
        title = "Total" if item is cube.total else title_of_item(item, choices, names)
        key = None if item.is_other or item is cube.total else item.name
        rows.append([key, title, item.now, item.before])
    unit = choices.measure.unit
    columns = [choices.by, "name", f"{choices.name} ({unit})", f"{choices.name} before ({unit})"]
    return Sheet("explore", columns, rows)
