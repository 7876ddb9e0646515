"""Budgets and rate limits: beside their owner, or in lists that owners name or that name owners."""

import re
from collections.abc import Iterator
from typing import Any

from controlplane.moving_in.bifrost.vocabulary import BUDGET_LEFT
from controlplane.moving_in.part import Part
from controlplane.provisioning.values import flag, whole

DURATION = re.compile(r"([1-9][0-9]{0,5})(s|m|h|d|w|M|Y)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_592_000, "Y": 31_536_000}
CALENDAR = {"1d": "day", "1w": "week", "1M": "month", "1Y": "year", "3M": "quarter"}
HOUR, DAY = 3600, 86_400
ROLLING_DAYS_MAX = 400
COUNTS = {"request": "requests_per_minute", "token": "tokens_per_minute"}
UNOWNED = "Nothing in this file has it."


class OwnedLimits:
    """What owners have, from all the places that say it."""

    def __init__(self, governance: Part) -> None:
        self._budgets = list(governance.get("budgets").items())
        self._rates = {
            each.get("id").mapped("(looked up)").text(): each
            for each in governance.get("rate_limits").items()
        }
        for row in [*self._budgets, *self._rates.values()]:
            row.left(UNOWNED)
            _leave(row)

    def budgets_of(self, owner: Part, reference: str) -> list[dict[str, Any]]:
        """`reference` is the field by which a budget names such an owner."""
        aligned = bool(owner.get("calendar_aligned").mapped("budgets.window").read(flag))
        kept: dict[str, dict[str, Any]] = {}
        for row in self._rows_of(owner, reference):
            row.mapped("budgets")
            _leave(row)
            budget = _budget(row, aligned=aligned)
            if budget is None:
                continue
            earlier = kept.setdefault(budget["window"], budget)
            if earlier is not budget:
                row.approximated("the lower of two limits of the same window")
                earlier["limit_usd"] = min(earlier["limit_usd"], budget["limit_usd"])
        return list(kept.values())

    def _rows_of(self, owner: Part, reference: str) -> Iterator[Part]:
        owner_id = owner.get("id").text()
        named = {owner.get("budget_id").mapped("budgets").text()}
        named |= set(owner.get("budget_ids").mapped("budgets").texts())
        yield from owner.get("budgets").items()
        if owner.get("budget"):
            yield owner.get("budget")
        for row in self._budgets:
            is_owned = row.get(reference).text() == owner_id
            if is_owned or row.get("id").text() in named - {""}:
                yield row

    def rates_of(self, owner: Part) -> dict[str, int]:
        row = owner.get("rate_limit") or self._rates.get(
            owner.get("rate_limit_id").mapped("virtual_keys.rate_limit").text()
        )
        limits: dict[str, int] = {}
        if not row:
            return limits
        row.mapped("virtual_keys.rate_limit")
        _leave(row)
        for count, ours in COUNTS.items():
            most, length = row.get(f"{count}_max_limit"), row.get(f"{count}_reset_duration")
            limit, seconds = most.read(whole), _seconds(length)
            if limit is None:
                continue
            if not seconds:
                length.wrong("Must be a length such as 1m or 1h.")
                continue
            limits[ours] = max(1, limit * 60 // seconds)
            if seconds != 60:
                most.approximated("virtual_keys.rate_limit: as much of it as a minute is")
                length.approximated("virtual_keys.rate_limit: limits are per minute")
        return limits


def _leave(row: Part) -> None:
    for name, part in row.fields():
        if name in BUDGET_LEFT:
            part.left(BUDGET_LEFT[name])


def _seconds(part: Part) -> int:
    match = DURATION.fullmatch(part.text())
    return int(match[1]) * SECONDS[match[2]] if match else 0


def _budget(row: Part, *, aligned: bool) -> dict[str, Any] | None:
    limit, length = row.get("max_limit").amount(), row.get("reset_duration")
    if limit is None:
        row.wrong("Needs 'max_limit'.")
        return None
    own = row.get("calendar_aligned").mapped("budgets.window").read(flag)
    window = _window(length, aligned=aligned or bool(own))
    if not window:
        row.left("The shortest window is an hour: this budget is left out.")
        return None
    return {"limit_usd": limit, "window": window, "enforcement": "hard"}


def _window(part: Part, *, aligned: bool) -> str:
    """By the calendar, or the last so many hours for a window that begins with its first use."""
    written = part.text()
    if not written:
        return "lifetime"
    if calendar := CALENDAR.get(written) if aligned or written[-1] in "MY" else None:
        part.mapped("budgets.window") if aligned else part.approximated(
            f"budgets.window: {calendar}, by the calendar"
        )
        return calendar
    seconds = _seconds(part)
    if not seconds:
        part.wrong("Must be a length such as 1h, 1d or 1M.")
    if seconds < HOUR:
        return ""
    days = seconds // DAY
    if seconds % DAY == 0:
        window = f"{days}d" if days <= ROLLING_DAYS_MAX else "lifetime"
    else:
        window = f"{seconds // HOUR}h"
    part.approximated(f"budgets.window: the last {window} at any time")
    return window
