"""The values Explore shows: of each series, over time, and by a second dimension."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from billing.differences import Split
from controlplane.dashboard.explore.causes import causes_asked, split_of
from controlplane.dashboard.explore.choices import Choices
from controlplane.dashboard.explore.measures import Measure, Value
from controlplane.dashboard.filters.only import only
from controlplane.dashboard.filters.reading import PageFilter
from controlplane.usage.hours import Hours
from controlplane.usage.limits import limited_report
from controlplane.usage.measures import Sums
from controlplane.usage.summary import Summary
from controlplane.usage.together import Asked, summarise_together

SHOWN = 7
ROWS = 20
GROUPS_MAX = 1000
CELLS_MAX = 20_000

Name = str | int | None


@dataclass(frozen=True)
class Item:
    """One series, or what `groups` others come to (`is_other`), in this period and the other."""

    name: Name
    now: Value
    before: Value
    is_other: bool = False
    groups: int = 1


@dataclass(frozen=True)
class Cube:
    """`over_time` is by series (None among `other_over_time` a gap); `cells` by (row, series)."""

    items: list[Item]
    other: Item | None
    total: Item | None
    over_time: Mapping[Name, Mapping[str, Value]]
    other_over_time: Mapping[str, Value]
    before_over_time: Mapping[str, Value]
    cells: Mapping[tuple[Name, Name], Value]
    row_totals: Mapping[Name, Value]
    unused: int = 0
    split: Split | None = None
    """Why the total differs from that of the other period; of costs alone."""

    @property
    def rows(self) -> list[Name]:
        """Of the second dimension, the largest first."""
        return sorted(self.row_totals, key=lambda name: -(self.row_totals[name] or 0))[:ROWS]


def cube_of_sums(chosen: PageFilter, choices: Choices) -> Cube:
    """From the rollup's sums, two rounds of one snapshot each. Raises `DomainError`."""
    measure = cast(Measure, choices.measure)
    now, before = chosen.records, chosen.compared_records
    with limited_report():
        hours = Hours()
        first = [Asked(now, (choices.by,), GROUPS_MAX)]
        if before is not None:
            first.append(Asked(before, (choices.by,), GROUPS_MAX))
        why = causes_asked(now, before) if choices.name == "cost" else []
        series, *others = summarise_together([*first, *why], hours)
        others, models = others[: len(first) - 1], others[len(first) - 1 :]
        ranked = _ranked(series, measure)
        if not ranked:
            return Cube([], None, None, {}, {}, {}, {}, {})
        records = only(now, choices.by, ranked[:SHOWN])
        second = [Asked(now, (choices.each,), CELLS_MAX)]
        second.append(Asked(records, (choices.by, choices.each), CELLS_MAX))
        if choices.then:
            second.append(Asked(now, (choices.by, choices.then), CELLS_MAX))
            second.append(Asked(now, (choices.then,), GROUPS_MAX))
        if before is not None:
            second.append(Asked(before, (choices.each,), CELLS_MAX))
        answers = summarise_together(second, hours)
    cube = _cube(choices, measure, series, others[0] if others else None, ranked, answers)
    return replace(cube, split=split_of(*models)) if models else cube


def _ranked(summary: Summary, measure: Measure) -> list[Name]:
    """The series by their value, the largest first; what costs nothing of it last."""
    ordered = sorted(summary.groups, key=lambda group: -(measure.read(group.sums) or 0))
    return [group.values[0] for group in ordered if measure.read(group.sums)]


def _cube(
    choices: Choices,
    measure: Measure,
    series: Summary,
    before: Summary | None,
    ranked: list[Name],
    answers: list[Summary],
) -> Cube:
    by_time, lines, *rest = answers
    cells, rows = (rest[0], rest[1]) if choices.then else (None, None)
    past = _by_name(before) if before else None
    present = _by_name(series)
    items = [_item(name, present, past, measure) for name in ranked[:SHOWN]]
    over_time: dict[Name, dict[str, Value]] = {}
    shown_in: dict[str, list[Sums]] = {}
    for group in lines.groups:
        name, bucket = group.values[0], str(group.values[1])
        over_time.setdefault(name, {})[bucket] = measure.read(group.sums)
        shown_in.setdefault(bucket, []).append(group.sums)
    rest_of = {
        str(g.values[0]): measure.read(less(g.sums, shown_in.get(str(g.values[0]), [])))
        for g in by_time.groups
    }
    return Cube(
        items=items,
        other=_other(series, before, ranked, measure),
        total=_total(series, before, measure),
        over_time=over_time,
        other_over_time=rest_of,
        before_over_time=_over_time(rest[-1], measure) if before else {},
        cells=_cells(cells, measure),
        row_totals={g.values[0]: measure.read(g.sums) for g in rows.groups} if rows else {},
        unused=len(series.groups) - len(ranked),
    )


def _by_name(summary: Summary) -> dict[Name, Sums]:
    return {group.values[0]: group.sums for group in summary.groups}


def _item(
    name: Name, present: dict[Name, Sums], past: dict[Name, Sums] | None, measure: Measure
) -> Item:
    if past is None:
        return Item(name, measure.read(present[name]), None)
    then = measure.read(past[name]) if name in past else (0 if measure.is_sum else None)
    return Item(name, measure.read(present[name]), then)


def _total(series: Summary, before: Summary | None, measure: Measure) -> Item:
    return Item(None, measure.read(series.total), before and measure.read(before.total))  # type: ignore[arg-type]


def _other(
    series: Summary, before: Summary | None, ranked: list[Name], measure: Measure
) -> Item | None:
    """What is beyond the series shown: the total less those."""
    groups = len(ranked) - SHOWN + series.other_groups
    if groups <= 0:
        return None
    shown = set(ranked[:SHOWN])
    now = less(series.total, [g.sums for g in series.groups if g.values[0] in shown])
    past = None
    if before is not None:
        found = [g.sums for g in before.groups if g.values[0] in shown]
        past = measure.read(less(before.total, found))
    return Item(None, measure.read(now), past, is_other=True, groups=groups)


def _over_time(summary: Summary, measure: Measure) -> dict[str, Value]:
    return {str(group.values[0]): measure.read(group.sums) for group in summary.groups}


def _cells(summary: Summary | None, measure: Measure) -> dict[tuple[Name, Name], Value]:
    if summary is None:
        return {}
    return {(g.values[1], g.values[0]): measure.read(g.sums) for g in summary.groups}


def less(whole: Sums, parts: list[Sums]) -> Sums:
    """What is left of a whole without some of its parts."""
    left: dict[str, Any] = {}
    for field in fields(Sums):
        known = getattr(whole, field.name)
        left[field.name] = (known or 0) - sum(getattr(part, field.name) or 0 for part in parts)
    return Sums(**left)
