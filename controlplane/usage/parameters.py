"""Filters as people write them in a URL, read strictly: what is not understood is refused.

`from` and `to` are instants (`2026-11-21T10:00:00Z`; `to` is not included) or whole days
(`2026-11-21`; both are included, as days of the time zone `tz`). `period` names both at once.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone as clock

from billing.periods import Window, window_at
from controlplane.errors import invalid
from controlplane.usage.filters import COLUMNS, RecordFilter
from controlplane.usage.periods import named_period
from controlplane.validators import is_storable, validate_timezone

Parameters = Mapping[str, Sequence[str]]

METADATA_PREFIX = "metadata."
METADATA_KEY_LENGTH_MAX = 512
VALUE_LENGTH_MAX = 2048
VALUES_MAX = 100
NOON = time(12)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
STATUS = re.compile(r"[1-5][0-9]{2}")


def read_filter(
    parameters: Parameters,
    *,
    also: Collection[str] = (),
    only_customer: str | None = None,
    only_team: str | None = None,
) -> RecordFilter:
    """The filter that query parameters describe; `also` names those that mean something else."""
    _refuse_unknown(parameters, also)
    timezone = read_timezone(parameters)
    start, end = read_period(parameters, timezone)
    return RecordFilter(
        fields={name: _field(name, parameters[name]) for name in COLUMNS if name in parameters},
        metadata={
            metadata_key(name): _texts(name, values)
            for name, values in parameters.items()
            if name.startswith(METADATA_PREFIX)
        },
        start=start,
        end=end,
        timezone=timezone,
        only_customer=only_customer,
        only_team=only_team,
    )


def read_one(parameters: Parameters, name: str) -> str | None:
    """The value of a parameter that may be given once."""
    values = parameters.get(name, ())
    if len(values) > 1:
        raise invalid(name, "May be given only once.")
    return values[0] if values else None


def read_count(parameters: Parameters, name: str, *, default: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    text = read_one(parameters, name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise invalid(name, f"Must be a whole number from 1 to {most}.")
    return int(text)


def read_period(parameters: Parameters, timezone: str) -> tuple[datetime | None, datetime | None]:
    """The instants that `from` and `to` mean, or `period`, the second one not included."""
    if (name := read_one(parameters, "period")) is not None:
        if "from" in parameters or "to" in parameters:
            raise invalid("period", "Is either given, or 'from' and 'to' are.")
        named = named_period(name, timezone, clock.now())
        return named.start, named.end
    first = _read_moment(parameters, "from", timezone)
    last = _read_moment(parameters, "to", timezone)
    start = first.start if isinstance(first, Window) else first
    end = last.end if isinstance(last, Window) else last
    # The end of a day is the start of the next one, which is after that day.
    if start and end and (start > end or (start == end and isinstance(last, Window))):
        raise invalid("from", "Must not be after 'to'.")
    return start, end


def metadata_key(name: str) -> str:
    """`KEY` of `metadata.KEY`."""
    key = name.removeprefix(METADATA_PREFIX)
    if not 1 <= len(key) <= METADATA_KEY_LENGTH_MAX or not is_storable(key):
        raise invalid(name, "Is not 'metadata.' and the name of a key.")
    return key


def _refuse_unknown(parameters: Parameters, also: Collection[str]) -> None:
    known = {*COLUMNS, "period", "from", "to", "tz", *also}
    for name in parameters:
        if name not in known and not name.startswith(METADATA_PREFIX):
            raise invalid(name, "Is not a parameter here.")


def read_timezone(parameters: Parameters) -> str:
    name = read_one(parameters, "tz")
    if name is None:
        return "UTC"
    try:
        validate_timezone(name)
    except ValidationError as error:
        raise invalid("tz", str(error.message)) from error
    return name


def _read_moment(parameters: Parameters, name: str, timezone: str) -> datetime | Window | None:
    text = read_one(parameters, name)
    if text is None:
        return None
    try:
        if DAY.fullmatch(text):
            noon = datetime.combine(date.fromisoformat(text), NOON, ZoneInfo(timezone))
            return window_at("day", timezone, noon)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        pass
    raise invalid(
        name,
        "Must be a day like 2026-11-21, or an instant with its offset like "
        "2026-11-21T10:00:00Z (in a URL, '+' is written %2B).",
    )


def _field(name: str, values: Sequence[str]) -> tuple[str | int, ...]:
    if name != "status":
        return _texts(name, values)
    if not all(STATUS.fullmatch(value) for value in _texts(name, values)):
        raise invalid(name, "Must be an HTTP status like 200.")
    return tuple(int(value) for value in values)


def _texts(name: str, values: Sequence[str]) -> tuple[str, ...]:
    """Values as given; an empty one asks for records that do not have the field."""
    if len(values) > VALUES_MAX:
        raise invalid(name, f"May be given at most {VALUES_MAX} times.")
    for value in values:
        if len(value) > VALUE_LENGTH_MAX or not is_storable(value):
            raise invalid(name, "Is too long, or holds a character that cannot be stored.")
    return tuple(values)
