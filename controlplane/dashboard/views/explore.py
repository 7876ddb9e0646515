"""What made this number?"""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse

from billing.because import because
from controlplane.accounts.permissions import Resource
from controlplane.dashboard.explore.buckets import buckets
from controlplane.dashboard.explore.causes import causes_of
from controlplane.dashboard.explore.choices import GRAINS, VIEWS, Choices, read_choices
from controlplane.dashboard.explore.cube import Cube, cube_of_sums
from controlplane.dashboard.explore.measures import MEASURES, PERCENTILES, Percentile
from controlplane.dashboard.explore.percentiles import cube_of_percentiles
from controlplane.dashboard.explore.showing import (
    chart_of,
    heat_of,
    sentence,
    sheet_of,
    title_of_item,
)
from controlplane.dashboard.exporting import exported, of_period
from controlplane.dashboard.filters.chips import title_of
from controlplane.dashboard.filters.names import all_names
from controlplane.dashboard.filters.reading import COMPARISONS, dimensions_for
from controlplane.dashboard.numbers import places_for
from controlplane.dashboard.pages import Visit, page
from controlplane.usage.latencies import KNOWN_DIMENSIONS
from controlplane.usage.metadata_keys import used_metadata_keys

PERIOD = "30d"
FIELDS = ("measure", "by", "then", "each", "compare", "period", "view", "focus")


@page("explore", "Explore", resource=Resource.USAGE, period=PERIOD)
def explore(visit: Visit) -> HttpResponse:
    """A sentence, a chart over time, a second dimension as a heat-map, and the table."""
    choices = read_choices(visit.query, visit.filter, visit.viewer)
    cube = read_cube(visit, choices)
    names = names_for(visit, choices, cube)
    path, chosen = visit.request.path, visit.filter
    if kind := visit.query.first("export"):
        return exported(sheet_of(cube, choices, names), of_period(chosen), kind)
    places = buckets(chosen, choices.each)
    context = {
        "choices": choices,
        "group_by": None if choices.name in PERCENTILES else choices.dimensions,
        "cube": cube,
        "says": sentence(cube, choices, names),
        "chart": chart_of(cube, choices, places, chosen, names, path),
        **_why(cube),
        "heat": heat_of(cube, choices, chosen, names),
        "rows": _rows(cube, choices, names),
        "places": _places(cube, choices),
        "fields": _fields(visit, choices),
        "kept": visit.query.having(dict.fromkeys(FIELDS)),
        "by_title": title_of(choices.by),
        "then_title": title_of(choices.then) if choices.then else "",
        "views": {n: t for n, t in VIEWS.items() if choices.measure.is_sum or n != "stack"},
        "compared_head": visit.bar.compared_head,
    }
    return visit.show("dashboard/explore.html", context)


def _why(cube: Cube) -> dict[str, Any]:
    """The causes of a difference, where costs are compared."""
    if cube.split is None:
        return {}
    causes = causes_of(cube.split)
    return {
        "causes": causes,
        "because": because(cube.split),
        "cause_places": places_for([each.amount_usd for each in causes]),
    }


def read_cube(visit: Visit, choices: Choices) -> Cube:
    is_percentile = isinstance(choices.measure, Percentile)
    return (cube_of_percentiles if is_percentile else cube_of_sums)(visit.filter, choices)


def names_for(visit: Visit, choices: Choices, cube: Cube) -> dict[str, dict[str, str]]:
    """Of both dimensions; one query."""
    wanted: dict[str, set[Any]] = {choices.by: {item.name for item in cube.items}}
    if choices.then:
        wanted.setdefault(choices.then, set()).update(cube.rows)
    return all_names(wanted, visit.viewer)


def _rows(cube: Cube, choices: Choices, names: Any) -> list[dict[str, Any]]:
    items = [*cube.items, *([cube.other] if cube.other else [])]
    return [
        {"item": item, "title": title_of_item(item, choices, names), "slot": slot}
        for slot, item in enumerate(items, start=1)
    ]


def _places(cube: Cube, choices: Choices) -> int:
    if choices.measure.unit != "usd" or not choices.measure.is_sum:
        return choices.measure.places
    return places_for([Decimal(item.now or 0) for item in cube.items])


def _fields(visit: Visit, choices: Choices) -> list[dict[str, Any]]:
    """The row of labelled selects: name, label, options, the one chosen."""
    keys = [f"metadata.{key}" for key in used_metadata_keys(visit.viewer)]
    names = [*dimensions_for(visit.viewer), *keys]
    if choices.name in PERCENTILES:
        names = [name for name in names if name in KNOWN_DIMENSIONS]
    names += [name for name in choices.dimensions if name not in names]
    dimensions = {name: title_of(name) for name in names}
    measures = {name: measure.title for name, measure in MEASURES.items()}
    comparisons = {name: title.capitalize() for name, title in COMPARISONS.items()}
    comparison = visit.filter.comparison
    return [
        _field("measure", "Measure", measures, choices.name),
        _field("by", "By", dimensions, choices.by),
        _field("then", "Then by", {"": "–", **dimensions}, choices.then or ""),
        _field("each", "Each", GRAINS, choices.each),
        _field("compare", "Compare with", comparisons, comparison),
    ]


def _field(name: str, label: str, options: dict[str, str], chosen: str) -> dict[str, Any]:
    return {"name": name, "label": label, "options": options, "chosen": chosen}
