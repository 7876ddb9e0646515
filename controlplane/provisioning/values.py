"""What a field's value may be written as. Types are exact: `"5"` in quotes is not a number.

Each function reads one node or raises `Wrong`. Ranges and lengths are the models' to say.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime, parse_time

from billing.money import QUANTUM, ZERO, parse_usd
from controlplane.fields import SLUG_LENGTH_MAX, slug_validator
from controlplane.provisioning.reading.nodes import Node, Scalar, is_null
from controlplane.provisioning.reading.tree import shown

Kind = Callable[[Node], Any]

WHOLE = re.compile(r"-?(0|[1-9][0-9]*(_[0-9]+)*)")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
NUMBER_LENGTH_MAX = 64
RATE_QUANTUM = Decimal("1e-10")
RATIO_QUANTUM = Decimal("0.0001")


class Wrong(Exception):
    """A value that its field cannot take; `path` leads from the field to it."""

    def __init__(self, node: Node, message: str, path: str = "") -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.path = path

    def below(self, part: str) -> "Wrong":
        return Wrong(self.node, self.message, part + self.path)


def nullable(kind: Kind) -> Kind:
    return lambda node: None if is_null(node) else kind(node)


def text(node: Node) -> str:
    """Anything written as one text, also `2024` without quotes; null is none."""
    if not isinstance(node, Scalar) or node.is_null:
        raise Wrong(node, "Must be a text.")
    return node.text


def text_or_none(node: Node) -> str:
    """A text that may be empty; null empties it, too."""
    return "" if is_null(node) else text(node)


def slug(node: Node) -> str:
    value = text(node)
    if len(value) > SLUG_LENGTH_MAX:
        raise Wrong(node, f"An id has at most {SLUG_LENGTH_MAX} characters, and this {len(value)}.")
    if re.match(slug_validator.regex, value) is None:
        raise Wrong(node, str(slug_validator.message))
    return value


def one_of(choices: Iterable[str]) -> Kind:
    known = list(choices)

    def choice(node: Node) -> str:
        value = text(node)
        if value not in known:
            hint = did_you_mean(value, known)
            raise Wrong(node, f"Must be one of {', '.join(known)}.{hint}")
        return value

    return choice


def flag(node: Node) -> bool:
    value = FLAGS.get(node.text.lower()) if isinstance(node, Scalar) and node.plain else None
    if value is None:
        raise Wrong(node, "Must be true or false.")
    return value


def whole(node: Node) -> int:
    if not isinstance(node, Scalar) or not node.plain or not _matches(WHOLE, node.text):
        raise Wrong(node, "Must be a whole number.")
    return int(node.text)


def number(node: Node) -> int | float:
    if not isinstance(node, Scalar) or not node.plain or not _matches(NUMBER, node.text):
        raise Wrong(node, "Must be a number.")
    return int(node.text) if _matches(WHOLE, node.text) else float(node.text)


def usd(node: Node) -> Decimal:
    """Money, with or without quotes: it is read from its text, so it is exact."""
    return _amount(node, QUANTUM)


def rate_usd(node: Node) -> Decimal:
    """USD per million tokens."""
    return _amount(node, RATE_QUANTUM)


def ratio(node: Node) -> Decimal:
    value = Decimal(str(number(node)))
    if not 0 <= value <= 1 or value != value.quantize(RATIO_QUANTUM):
        raise Wrong(node, "Must be a number from 0 to 1 with at most 4 decimals.")
    return value


def moment(node: Node) -> datetime:
    value = _parsed(node, parse_datetime)
    if value is None or value.tzinfo is None:
        raise Wrong(node, "Must be a date and time with a time zone: 2026-12-31T00:00:00Z.")
    return _in_utc(node, value)


def day_or_moment(node: Node) -> datetime:
    """An instant, or a day: its midnight in UTC."""
    day = _parsed(node, parse_date) if isinstance(node, Scalar) and len(node.text) == 10 else None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else moment(node)


def time_of_day(node: Node) -> time:
    value = _parsed(node, parse_time)
    if value is None or value.tzinfo is not None:
        raise Wrong(node, "Must be a time of day in UTC: 16:30.")
    return value


def minute_of_day(node: Node) -> time:
    """By the clock of the zone that is named beside it."""
    value = _parsed(node, parse_time)
    if value is None or value != value.replace(second=0, microsecond=0, tzinfo=None):
        raise Wrong(node, "Must be a time of day, to the minute: 22:00.")
    return value


def unknown_field(name: str, known: Iterable[str]) -> str:
    return f"Unknown field '{shown(name)}'.{did_you_mean(name, known)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name.lower()[:100], list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _matches(pattern: re.Pattern[str], written: str) -> bool:
    return len(written) <= NUMBER_LENGTH_MAX and pattern.fullmatch(written) is not None


def _amount(node: Node, quantum: Decimal) -> Decimal:
    amount = _parsed(node, parse_usd)
    if amount is None:
        raise Wrong(node, "Must be an amount of US dollars such as 12.50.")
    if amount < ZERO:
        raise Wrong(node, "Must not be negative.")
    if amount != amount.quantize(quantum):
        raise Wrong(node, "Has more decimals than can be kept exactly.")
    return amount.quantize(quantum)


def _parsed(node: Node, parse: Callable[[str], Any]) -> Any:
    written = text(node)
    try:
        return parse(written) if len(written) <= NUMBER_LENGTH_MAX else None
    except ValueError:
        return None


def _in_utc(node: Node, value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise Wrong(node, "Is out of range.") from None
