"""Which calls the budgets let pass, and on which windows each is booked."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.money import ZERO
from billing.periods import Window, window_at
from billing.tokens import NO_TOKENS
from controlplane.demo_data.allotments import Allotment, Granted
from controlplane.demo_data.calls import Call, refused, tokens_of
from controlplane.demo_data.people import CALLERS

Spent = dict[tuple[str, datetime], Decimal]
"""By budget and the start of its window."""


def admitted(
    calls: Iterable[Call], granted: Iterable[Granted], spent: Spent
) -> Iterator[tuple[Call, list[dict[str, str | None]]]]:
    """The calls, those refused that do not fit; and the windows that they are booked on."""
    granted = list(granted)
    paths = {c.id: [g for g in granted if g.allotment.binds(c)] for c in CALLERS}
    windows = _Windows()
    for call in calls:
        if not call.columns["attempts"]:
            yield call, []
            continue
        path = windows.of(paths[call.caller.id], call.at)
        if _fits(call, path, spent):
            for each, window in path:
                key = (each.allotment.id, window.start)
                spent[key] = spent.get(key, ZERO) + (call.cost_usd or ZERO)
            yield call, [_named(each, window) for each, window in path]
        else:
            yield _refused(call), []


def _fits(call: Call, path: list[tuple[Granted, Window]], spent: Spent) -> bool:
    reserved = call.columns["reserved_usd"]
    return all(
        spent.get((each.allotment.id, window.start), ZERO) + reserved <= each.limit_usd
        for each, window in path
        if each.allotment.enforcement == "hard"
    )


def _refused(call: Call) -> Call:
    name = call.columns["model"]
    nothing: Mapping[str, Any] = {
        **tokens_of(NO_TOKENS),
        "usage_source": "none",
        "reserved_usd": ZERO,
        "cache": "off",
    }
    columns = {**call.columns, **refused("budget_exceeded", name), **nothing}
    return Call(call.caller, call.at, ZERO, columns)


def _named(granted: Granted, window: Window) -> dict[str, str | None]:
    return {
        "budget_id": granted.allotment.id,
        "period": granted.allotment.window,
        "window_start": window.start.isoformat(),
        "window_end": window.end.isoformat() if window.end else None,
    }


class _Windows:
    """Windows by the hour: in the time zones here all of them turn on whole hours."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Window] = {}

    def of(self, path: Iterable[Granted], at: datetime) -> list[tuple[Granted, Window]]:
        hour = int(at.timestamp()) // 3600
        return [(each, self._at(each.allotment, hour, at)) for each in path]

    def _at(self, allotment: Allotment, hour: int, at: datetime) -> Window:
        key = (allotment.id, hour)
        if key not in self._known:
            self._known[key] = window_at(allotment.window, allotment.timezone, at)
        return self._known[key]
