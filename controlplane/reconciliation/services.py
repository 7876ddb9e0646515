"""Loading bills of providers and holding them against the books."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone as clock

from billing.money import ZERO
from controlplane import saving
from controlplane.catalog.models import Provider
from controlplane.errors import Conflict, DomainError, invalid
from controlplane.fields import new_id
from controlplane.reconciliation.formats import AUTO, MAPPED, format_for
from controlplane.reconciliation.formats.lines import Format
from controlplane.reconciliation.formats.mapped import mapped_format
from controlplane.reconciliation.gathering import Gathered, each_problem, gather
from controlplane.reconciliation.matching import Matching, causes_of
from controlplane.reconciliation.models import Difference, Invoice, InvoiceLine
from controlplane.reconciliation.rows import columns_of, rows_of
from controlplane.statements.rates import rate_on
from controlplane.validators import is_storable

FILE_BYTES_MAX = 64 * 1024 * 1024
FILE_NAME_LENGTH_MAX = 255
ALIASES_MAX = 500
LOCK_SPACE = 0x62696C6C


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """A file and how it is meant. `mapping` is by our fields, `aliases` by the bill's names."""

    content: bytes
    name: str = ""
    format: str = AUTO
    mapping: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Loaded:
    """`is_new` is False for a file that was loaded before."""

    invoice: Invoice
    is_new: bool


@transaction.atomic
def load_invoice(*, provider: Provider, file: InvoiceFile, by: str) -> Loaded:
    """Reads a bill and reconciles it. The same file of the same provider is the same invoice.

    Raises `DomainError` for a file that cannot be read, names what is wrong with it, and then
    nothing is kept; single rows that are wrong are left out and named.
    """
    if len(file.content) > FILE_BYTES_MAX:
        raise invalid("file", f"A file has at most {FILE_BYTES_MAX // 1024**2} MB.")
    digest = hashlib.sha256(file.content).hexdigest()
    _hold(f"{provider.id} {digest}")
    known = Invoice.objects.filter(provider_id=provider.id, file_hash=digest).first()
    if known is not None:
        return Loaded(known, is_new=False)
    _require_names(file)
    form = _form(file)
    gathered = gather(rows_of(file.content), form, _rate)
    invoice = saving.add(_invoice(provider, file, digest, form, gathered, by))
    InvoiceLine.objects.bulk_create(_lines(invoice, gathered), batch_size=saving.BATCH_ROWS)
    _reconcile(invoice)
    return Loaded(invoice, is_new=True)


@transaction.atomic
def reconcile_again(invoice: Invoice) -> Invoice:
    """Against the books as they are now: records come late, and prices are set."""
    invoice = saving.lock(invoice)
    Difference.objects.filter(invoice=invoice).delete()
    _reconcile(invoice)
    return invoice


@transaction.atomic
def delete_invoice(invoice: Invoice) -> None:
    """Takes a file out again, so that it can be loaded another way."""
    saving.remove(invoice)


def _reconcile(invoice: Invoice) -> None:
    rows = Matching(invoice, invoice.lines.all()).differences()
    Difference.objects.bulk_create(rows, batch_size=saving.BATCH_ROWS)
    invoice.reconciled_at = clock.now()
    invoice.billed_usd = sum((row.billed_usd for row in rows), ZERO)
    invoice.booked_usd = sum((row.booked_usd for row in rows), ZERO)
    invoice.causes = {cause: f"{usd:f}" for cause, usd in causes_of(rows).items()}
    invoice.save(update_fields=["reconciled_at", "billed_usd", "booked_usd", "causes"])


def _invoice(
    provider: Provider, file: InvoiceFile, digest: str, form: Format, found: Gathered, by: str
) -> Invoice:
    days = [place.day for place in found.sums]
    return Invoice(
        id=new_id("inv"),
        provider_id=provider.id,
        format=form.name,
        file_name=file.name,
        file_hash=digest,
        first_day=min(days),
        last_day=max(days),
        timezone=file.timezone,
        currency=", ".join(sorted(found.currencies)) or "none",
        unit_usd=found.unit,
        rows=found.rows,
        left_out=found.left_out,
        duplicates=found.duplicates,
        unrelated=found.unrelated,
        problems=list(each_problem(found)),
        mapping=dict(file.mapping),
        aliases=dict(file.aliases),
        created_by=by,
        reconciled_at=clock.now(),
        billed_usd=ZERO,
        booked_usd=ZERO,
    )


def _lines(invoice: Invoice, gathered: Gathered) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            invoice=invoice,
            day=place.day,
            model=place.model,
            kind=place.kind,
            usd=each.usd,
            tokens=each.tokens,
            rows=each.lines,
        )
        for place, each in sorted(gathered.sums.items())
    ]


def _form(file: InvoiceFile) -> Format:
    columns = columns_of(file.content)
    if file.format == MAPPED or (file.format == AUTO and file.mapping):
        return mapped_format(file.mapping, columns, file.timezone)
    if file.mapping:
        raise invalid("map", f"Only the format '{MAPPED}' takes a mapping.")
    return format_for(file.format, columns)


def _require_names(file: InvoiceFile) -> None:
    said: dict[str, Any] = {"aliases": dict(file.aliases), "map": dict(file.mapping)}
    for name, value in said.items():
        if len(value) > ALIASES_MAX or not is_storable(value):
            raise invalid(name, f"At most {ALIASES_MAX} names of plain characters.")
    if len(file.name) > FILE_NAME_LENGTH_MAX or not is_storable(file.name):
        raise invalid("file_name", f"Has at most {FILE_NAME_LENGTH_MAX} plain characters.")


def _rate(currency: str, day: date) -> Decimal:
    try:
        return rate_on(currency, day).per_usd
    except Conflict:
        message = f"It is in {currency}: publish an exchange rate of {currency} for {day}."
        raise DomainError("no_exchange_rate", message) from None


def _hold(what: str) -> None:
    """Two that load the same file at once wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_SPACE, what])
