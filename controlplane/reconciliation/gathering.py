"""A file read whole: what it bills by day, model and kind, and which rows are left out and why."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Context, Decimal
from typing import NamedTuple

from billing.money import ZERO, settle_round
from billing.reconciliation.explaining import LEAST_UNIT
from controlplane.errors import DomainError, invalid
from controlplane.reconciliation.formats.lines import USD, Format, Line, Row
from controlplane.reconciliation.rows import Rows

WIDE = Context(prec=60)
ROWS_MAX = 2_000_000
SUMS_MAX = 100_000
DAYS_MAX = 400
PROBLEMS_KEPT = 50
PLACES_MAX = 6

Rate = Callable[[str, date], Decimal]
"""How much of a currency one US dollar is on a day. Raises `DomainError` where nobody knows."""


class Place(NamedTuple):
    """What sums are by; the model as the bill calls it."""

    day: date
    model: str
    kind: str


@dataclass(slots=True)
class Sum:
    """`usd` and `tokens` are None where no row had any; `lines` are the rows with an amount."""

    usd: Decimal | None = None
    tokens: int | None = None
    lines: int = 0


@dataclass(slots=True)
class Gathered:
    """`unit` is the smallest one that amounts are written in; `problems` names rows left out."""

    sums: dict[Place, Sum] = field(default_factory=dict)
    rows: int = 0
    left_out: int = 0
    duplicates: int = 0
    unrelated: int = 0
    problems: list[str] = field(default_factory=list)
    currencies: set[str] = field(default_factory=set)
    places: int = 0

    @property
    def unit(self) -> Decimal:
        return max(LEAST_UNIT, Decimal(1).scaleb(-self.places))

    def leave_out(self, place: int, why: str) -> None:
        self.left_out += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(f"Row {place}: {why}")


def gather(rows: Rows, form: Format, rate: Rate) -> Gathered:
    """Rows that are wrong or come twice are left out and named. Raises `DomainError` for a file of
    which nothing is left."""
    gathered, seen = Gathered(), set[bytes]()
    for place, row in rows:
        gathered.rows += 1
        if gathered.rows > ROWS_MAX:
            raise invalid("file", f"More than {ROWS_MAX:,} rows: split the file.")
        if row is None:
            gathered.leave_out(place, "it has not one cell for each column.")
        elif (print_ := _fingerprint(row, form)) in seen:
            gathered.duplicates += 1
            gathered.leave_out(place, "the same row came before.")
        else:
            seen.add(print_)
            _take(gathered, place, row, form, rate)
    _require_something(gathered)
    return gathered


def _take(gathered: Gathered, place: int, row: Row, form: Format, rate: Rate) -> None:
    try:
        lines = [_in_usd(line, rate, gathered) for line in form.read(row)]
    except (ValueError, DomainError) as error:
        gathered.leave_out(place, getattr(error, "message", str(error)))
        return
    except KeyError as error:
        gathered.leave_out(place, f"it has no {error.args[0]}.")
        return
    gathered.unrelated += not lines
    for line in lines:
        _add(gathered, line)


def _add(gathered: Gathered, line: Line) -> None:
    place = Place(line.day, line.model, line.kind)
    if place not in gathered.sums and len(gathered.sums) >= SUMS_MAX:
        raise invalid("file", "More days and models than a bill has: split the file.")
    found = gathered.sums.setdefault(place, Sum())
    if line.tokens is not None:
        found.tokens = (found.tokens or 0) + line.tokens
    if line.amount is not None:
        found.usd = WIDE.add(found.usd or ZERO, line.amount)
        found.lines += 1


def _in_usd(line: Line, rate: Rate, gathered: Gathered) -> Line:
    """In dollars, by the bill's own rate or the published one."""
    if line.amount is None:
        return line
    gathered.currencies.add(line.currency)
    exponent = line.amount.normalize().as_tuple().exponent
    gathered.places = min(PLACES_MAX, max(gathered.places, -int(exponent)))
    usd = line.amount
    if line.currency != USD:
        usd = WIDE.divide(line.amount, line.per_usd or rate(line.currency, line.day))
        gathered.places = PLACES_MAX
    return replace(line, amount=settle_round(usd), currency=USD)


def _fingerprint(row: Row, form: Format) -> bytes:
    """Of a row with an id, the id in its hour: a file that was joined of two may have it twice."""
    if form.id_column and row.get(form.id_column):
        said: object = [row[form.id_column], row.get("identity_time_interval")]
    else:
        said = row
    return hashlib.blake2b(json.dumps(said, default=str).encode(), digest_size=16).digest()


def _require_something(gathered: Gathered) -> None:
    days = {place.day for place in gathered.sums}
    if len(days) and (max(days) - min(days)).days > DAYS_MAX:
        raise invalid("file", f"It spans more than {DAYS_MAX} days: split the file.")
    if gathered.sums:
        return
    why = " ".join(gathered.problems[:3]) or "It has no line about a model."
    raise invalid("file", f"Nothing of the file can be read. {why}")


def each_problem(gathered: Gathered) -> Iterator[str]:
    """The rows that are named, and how many more there are."""
    yield from gathered.problems
    if (more := gathered.left_out - len(gathered.problems)) > 0:
        yield f"And {more:,} more."
