"""The ways to write a budget's limit and window, ours and those of other gateways.

`{limit_usd: 200, window: month}`, `{max_per_month_usd: 200, reset_duration: monthly}` and
`{monthly_usd: 200, hard_cap: true}` are the same.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from billing.periods import CALENDAR_PERIODS, rolling_length
from controlplane.budgets.models import Enforcement
from controlplane.provisioning.forms.form import Entry, Field
from controlplane.provisioning.problems import Problem
from controlplane.provisioning.reading.nodes import Node
from controlplane.provisioning.values import Wrong, flag, text, usd

WINDOW_DEFAULT = "month"
ADJECTIVES = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "lifetime": "lifetime",
}
WORDS = {
    **{period: period for period in CALENDAR_PERIODS},
    **ADJECTIVES,
    "hourly": "1h",
    "annual": "year",
    "annually": "year",
    "never": "lifetime",
    "total": "lifetime",
}
# `1M` is a month and `1m` a minute, as other gateways have it.
COUNTED = re.compile(r"([1-9][0-9]{0,3})(h|d|w|mo|M|y|Y)")
MONTHS = {1: "month", 3: "quarter", 12: "year"}
HOUR_UNITS = {"h": ("h", 1), "d": ("d", 1), "w": ("d", 7)}


def window(node: Node) -> str:
    """A budget's window, by its own name, a word, or a length: `month`, `monthly`, `30d`."""
    written = text(node)
    found = WORDS.get(written.lower()) or _counted(written)
    try:
        rolling_length(found or written)
    except ValueError as error:
        raise Wrong(
            node, f"{str(error).capitalize()}; monthly, daily and the like do, too."
        ) from None
    return found or written


def _counted(written: str) -> str | None:
    match = COUNTED.fullmatch(written)
    if match is None:
        return None
    count, unit = int(match[1]), match[2]
    if unit in HOUR_UNITS:
        shown, factor = HOUR_UNITS[unit]
        return f"{count * factor}{shown}"
    return MONTHS.get(count * 12 if unit in "yY" else count)


def hard_cap(node: Node) -> str:
    return str(Enforcement.HARD if flag(node) else Enforcement.SOFT)


def _per(period: str) -> Field:
    def read(node: Node) -> tuple[str, Decimal]:
        return period, usd(node)

    return Field("limit_per", read)


LIMIT_FIELDS = {
    "limit_usd": Field("limit_usd", usd),
    "window": Field("window", window),
    "reset_duration": Field("window", window),
    "hard_cap": Field("enforcement", hard_cap),
    **{f"{word}_usd": _per(period) for word, period in ADJECTIVES.items()},
    **{f"max_per_{period}_usd": _per(period) for period in CALENDAR_PERIODS[:-1]},
}


def complete_limit(entry: Entry) -> Iterator[Problem]:
    """Puts a limit with its period in two columns, and says what contradicts what."""
    period, amount = entry.values.pop("limit_per", (None, None))
    place = entry.places.pop("limit_per", entry.place)
    if period is not None:
        name = place.path.rpartition(".")[2]
        stated = entry.values.get("window", period)
        if "limit_usd" in entry.places:
            yield Problem(place, "Says the limit again: for several budgets write a list.")
        elif stated != period:
            message = f"'{name}' is per {period}, but the window is {stated}."
            yield entry.problem("window", message)
        else:
            entry.set("limit_usd", amount, place)
            entry.set("window", period, place)
    if entry.id is None and "window" not in entry.places:
        entry.set("window", WINDOW_DEFAULT, entry.place)
