"""Bills as pages show them: verdicts, causes in words, and rows that link to the requests."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.reconciliation.words import WORDS, CauseWords
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url
from controlplane.reconciliation.formats import FORMATS
from controlplane.reconciliation.models import Difference, Invoice
from controlplane.reconciliation.report import largest_first, verdict

ROWS_SHOWN = 500


@dataclass(frozen=True)
class Cause:
    """One cause, its amount, and what to do about it."""

    usd: Decimal
    words: CauseWords


@dataclass(frozen=True)
class DayRow:
    """One day and model; `url` leads to its requests, where there are some."""

    row: Difference
    difference_usd: Decimal
    causes: list[Cause]
    url: str | None


def shown_invoice(invoice: Invoice) -> dict[str, Any]:
    form = FORMATS.get(invoice.format)
    return {
        "invoice": invoice,
        "verdict": verdict(invoice),
        "difference_usd": invoice.billed_usd - invoice.booked_usd,
        "agrees": not invoice.causes,
        "format_title": form.title if form else "Mapped columns",
    }


def causes_of(causes: Mapping[str, str]) -> list[Cause]:
    """Those that move most come first."""
    return [Cause(usd, WORDS[cause]) for cause, usd in largest_first(causes).items()]


def days_of(rows: Iterable[Difference], invoice: Invoice, *, only_differing: bool) -> list[DayRow]:
    """At most some hundreds, in the order of days; those that agree where all are asked for."""
    wanted = [row for row in rows if row.causes or not only_differing]
    return list(_shown(wanted[:ROWS_SHOWN], invoice))


def _shown(rows: Iterable[Difference], invoice: Invoice) -> Iterator[DayRow]:
    for row in rows:
        difference = row.billed_usd - row.booked_usd
        yield DayRow(row, difference, causes_of(row.causes), _requests(row, invoice))


def _requests(row: Difference, invoice: Invoice) -> str | None:
    """The requests of that day, in UTC as bills are."""
    if not row.requests:
        return None
    query = {
        "provider": (invoice.provider_id,),
        "from": (row.day.isoformat(),),
        "to": (row.day.isoformat(),),
        "tz": ("UTC",),
    }
    if row.model:
        query["model"] = tuple(row.booked_models)
    return str(Query(query).url(page_url("requests") or ""))
