"""Importing a file of past usage: read whole first, so that one bad row leaves nothing behind."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils import timezone as clock

from billing.money import ZERO
from controlplane.accounts.models import Customer
from controlplane.moving_in.coverage import Fate, Finding
from controlplane.moving_in.models import ImportedRecord, UsageImport
from controlplane.moving_in.usage import booking
from controlplane.moving_in.usage.ids import TWICE, FirstLook, SecondLook
from controlplane.moving_in.usage.mapping import complete_mapping, known_mapping
from controlplane.moving_in.usage.records import Records, Refused
from controlplane.moving_in.usage.rows import Row, Unreadable, rows_of
from controlplane.provisioning.problems import ConfigurationWrong, Place, Problem
from controlplane.provisioning.progress import Progress

ROWS_MAX = 20_000_000
DAYS_MAX = 4000
PROBLEMS_MAX = 1000
PROGRESS_EVERY = 10_000
COLUMNS_READ_FROM = 100
DAY = len("2026-01-31")


@dataclass(frozen=True, slots=True)
class UsageFile:
    """How a file is meant. `customer` has the rows that name none; `zone` is that of bare times."""

    path: Path
    given: Mapping[str, str]
    zone: tzinfo
    customer: str = ""
    skips_bad: bool = False


@dataclass(slots=True)
class Looked:
    """What a file has, once it was read whole."""

    mapped: Mapping[str, str]
    rows: int = 0
    unknown_keys: int = 0
    cost_usd: Decimal = ZERO
    days: set[str] = field(default_factory=set)
    customers: Counter[str] = field(default_factory=Counter)
    columns: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    bad_rows: int = 0
    # What is told of more rows than one.
    repeated: frozenset[int] = frozenset()

    @property
    def good_rows(self) -> int:
        return self.rows - self.bad_rows

    def note(self, problem: Problem) -> None:
        """A row that is wrong."""
        self.bad_rows += 1
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(problem)


def look(file: UsageFile, progress: Progress) -> Looked:
    """Raises `ConfigurationWrong` if it cannot be imported as it is."""
    looked = Looked(complete_mapping(_columns(file), file.given))
    now = clock.now()
    ids = FirstLook()
    records = Records(looked.mapped, file.zone, now, file.customer, ids)
    for line, row in rows_of(file.path):
        looked.rows += 1
        if looked.rows % PROGRESS_EVERY == 0:
            progress("reading rows", looked.rows, 0)
        _look_at(line, row, records, looked)
    looked.unknown_keys = records.unknown_keys
    _look_for_repeated(ids, looked)
    _require_importable(file, looked)
    return looked


def import_usage(file: UsageFile, looked: Looked, progress: Progress) -> UsageImport | None:
    """Books what is new; None if nothing is. Interrupted, it goes on where it is run again."""
    booking.create_partitions(looked.days, progress)
    batch = UsageImport.objects.create(file_name=file.path.name[:255])
    ids = SecondLook(looked.repeated)
    records = Records(looked.mapped, file.zone, clock.now(), file.customer, ids)
    try:
        booking.book(_good(file, records), batch, looked.good_rows, progress)
    finally:
        kept = _settle(batch)
    return batch if kept else None


def undo_import(batch: UsageImport, progress: Progress) -> int:
    """Takes its records out of the books and forgets it; returns how many they were."""
    records = batch.records
    booking.unbook(batch, progress)
    batch.delete()
    return records


def findings(file: UsageFile, looked: Looked) -> list[Finding]:
    """Of each column what becomes of it."""
    by_column: dict[str, list[str]] = {}
    for target, column in looked.mapped.items():
        by_column.setdefault(column, []).append(target)
    told = []
    for column in sorted({*looked.columns, *by_column}):
        targets = by_column.get(column)
        parts = [name for name in by_column if name.startswith(f"{column}.")]
        words = ", ".join(targets) if targets else "Nothing is read from it: --map FIELD=COLUMN."
        fate = Fate.MAPPED if targets else Fate.NOT_MAPPED
        if parts and not targets:
            fate, words = Fate.APPROXIMATED, f"Of it is read: {', '.join(parts)}."
        line = looked.columns.get(column) or looked.columns.get(column.partition(".")[0], 1)
        told.append(Finding(file.path.name, line, column, fate, words))
    return told


def strangers(looked: Looked) -> list[str]:
    """Customers of rows that are not configured here."""
    named = set(looked.customers)
    known = Customer.objects.filter(pk__in=named).values_list("pk", flat=True)
    return sorted(named - set(known))


def _settle(batch: UsageImport) -> bool:
    """A batch says how many records it brought; one that brought none is none."""
    batch.records = ImportedRecord.objects.filter(batch=batch).count()
    if not batch.records:
        batch.delete()
        return False
    batch.save(update_fields=["records"])
    return True


def _columns(file: UsageFile) -> dict[str, None]:
    """Those of the first rows: objects need not all have the same."""
    columns: dict[str, None] = {}
    first = [row for _, row in islice(rows_of(file.path), COLUMNS_READ_FROM)]
    if not first:
        raise ConfigurationWrong([Problem(Place(0, 0), "The file has no rows.")])
    for row in first:
        if not isinstance(row, Unreadable):
            columns |= dict.fromkeys(row)
    known = known_mapping(columns)
    return columns | dict.fromkeys(known.values())


def _look_at(line: int, row: Row | Unreadable, records: Records, looked: Looked) -> None:
    try:
        if isinstance(row, Unreadable):
            raise Refused(Problem(Place(line, 1), str(row)))
        for column in row:
            looked.columns.setdefault(column, line)
        record = records.read(line, row)
    except Refused as refused:
        looked.note(refused.problem)
        return
    looked.days.add(record["at"][:DAY])
    looked.cost_usd += Decimal(record["cost_usd"] or 0)
    if record["customer_id"]:
        looked.customers[record["customer_id"]] += 1


def _look_for_repeated(ids: FirstLook, looked: Looked) -> None:
    looked.repeated = ids.repeated()
    column = looked.mapped.get("request_id", "request_id")
    path = "request_id" if column == "request_id" else f"request_id ({column})"
    for line in ids.lines_given_again(looked.repeated):
        looked.note(Problem(Place(line, 1, path), TWICE))
    looked.problems.sort(key=lambda problem: problem.place.line)


def _require_importable(file: UsageFile, looked: Looked) -> None:
    problems = [] if file.skips_bad else list(looked.problems)
    if looked.rows > ROWS_MAX:
        problems.append(Problem(Place(0, 0), f"More than {ROWS_MAX:,} rows: split the file."))
    if len(looked.days) > DAYS_MAX:
        problems.append(Problem(Place(0, 0), f"More than {DAYS_MAX:,} days: split the file."))
    if problems:
        raise ConfigurationWrong(problems)


def _good(file: UsageFile, records: Records) -> Iterator[dict[str, Any]]:
    """Rows that are records; the others were told of when the file was looked at."""
    for line, row in rows_of(file.path):
        if isinstance(row, Unreadable):
            continue
        try:
            yield records.read(line, row)
        except Refused:
            continue
