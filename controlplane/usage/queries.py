"""Reading usage records, newest first, at any number of rows: no counting and no offsets."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from billing.periods import EPOCH
from controlplane.errors import invalid
from controlplane.metadata_rules.queries import renamed, renames_of
from controlplane.usage.filters import RecordFilter, condition
from controlplane.usage.limits import limited_report
from controlplane.usage.models import UsageRecord
from controlplane.validators import is_storable

REQUEST_ID_LENGTH_MAX = 64
DEAREST = 100


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the list: the record that the next page comes after."""

    at: datetime
    request_id: str

    @classmethod
    def of(cls, record: UsageRecord) -> "Position":
        return cls(record.at, record.request_id)

    def cursor(self) -> str:
        """As an opaque text that is safe in a URL."""
        text = f"{(self.at - EPOCH) // timedelta(microseconds=1)} {self.request_id}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str) -> "Position":
        """The position of a cursor that we gave out. Raises `DomainError` otherwise."""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
            microseconds, _, request_id = text.partition(" ")
            at = EPOCH + timedelta(microseconds=int(microseconds))
        except (ValueError, OverflowError, binascii.Error) as error:
            raise invalid("cursor", "Is not a cursor of this list.") from error
        if not is_storable(request_id) or not 1 <= len(request_id) <= REQUEST_ID_LENGTH_MAX:
            raise invalid("cursor", "Is not a cursor of this list.")
        return cls(at, request_id)


def matching(records: RecordFilter) -> QuerySet[UsageRecord]:
    """All records of a filter, newest first."""
    where = condition(records)
    holds = RawSQL(where.text, where.parameters, output_field=BooleanField())
    return UsageRecord.objects.filter(holds).order_by("-at", "-request_id")


def record_page(
    records: RecordFilter, *, limit: int, after: Position | None = None
) -> list[UsageRecord]:
    """At most `limit` records, newest first, from behind a position on."""
    found = matching(records)
    if after is not None:
        # The comparison of pairs says it all, but only the one of `at` leaves partitions out.
        found = found.filter(at__lte=after.at, pk__lt=(after.at, after.request_id))
    with limited_report():
        return _with_names_of_today(list(found[:limit]))


def newer_page(records: RecordFilter, *, limit: int, before: Position) -> list[UsageRecord]:
    """At most `limit` records, newest first, that come right before a position in the list."""
    found = matching(records).filter(at__gte=before.at, pk__gt=(before.at, before.request_id))
    with limited_report():
        return list(found.order_by("at", "request_id")[:limit])[::-1]


def dearest_records(records: RecordFilter, *, limit: int = DEAREST) -> list[UsageRecord]:
    """The records that cost most, the dearest first; those that cost nothing are none of them."""
    found = matching(records).filter(cost_usd__gt=0)
    with limited_report():
        return list(found.order_by("-cost_usd", "-at", "-request_id")[:limit])


def find_record(
    request_id: str, *, only_customer: str | None = None, only_team: str | None = None
) -> UsageRecord | None:
    """The record of one request, if the viewer may see it."""
    found = UsageRecord.objects.filter(request_id=request_id)
    if only_customer is not None:
        found = found.filter(customer_id=only_customer)
    if only_team is not None:
        found = found.filter(team_id=only_team)
    # Asked for in an order, PostgreSQL walks all records by time instead of looking up the id.
    return next(iter(_with_names_of_today(list(found.order_by()[:1]))), None)


def _with_names_of_today(records: list[UsageRecord]) -> list[UsageRecord]:
    """What they said is kept beside it where that is something else."""
    renames = renames_of({each.customer_id for each in records if each.customer_id is not None})
    for record in records if renames else ():
        metadata = renamed(record.metadata, record.customer_id, renames)
        if metadata != record.metadata:
            record.metadata, record.metadata_said = metadata, record.metadata
    return records
