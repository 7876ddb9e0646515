"""An invoice and its differences as JSON: money as decimal strings."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from billing.money import format_usd
from controlplane.reconciliation.models import Difference, Invoice
from controlplane.reconciliation.report import verdict


def invoice_as_json(invoice: Invoice, rows: Iterable[Difference]) -> dict[str, Any]:
    return {
        "id": invoice.pk,
        "provider": invoice.provider_id,
        "format": invoice.format,
        "file_hash": invoice.file_hash,
        "first_day": invoice.first_day.isoformat(),
        "last_day": invoice.last_day.isoformat(),
        "currency": invoice.currency,
        "verdict": verdict(invoice),
        "billed_usd": format_usd(invoice.billed_usd),
        "booked_usd": format_usd(invoice.booked_usd),
        "difference_usd": format_usd(invoice.billed_usd - invoice.booked_usd),
        "causes": amounts_as_json(invoice.causes),
        "rows": invoice.rows,
        "left_out": invoice.left_out,
        "duplicates": invoice.duplicates,
        "problems": invoice.problems,
        "differences": [difference_as_json(row) for row in rows],
    }


def difference_as_json(row: Difference) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(),
        "model": row.model,
        "billed_as": row.bill_models,
        "booked_as": row.booked_models,
        "billed_usd": format_usd(row.billed_usd),
        "booked_usd": format_usd(row.booked_usd),
        "difference_usd": format_usd(row.billed_usd - row.booked_usd),
        "billed_tokens": row.billed_tokens,
        "booked_tokens": row.booked_tokens,
        "requests": row.requests,
        "unpriced_requests": row.unpriced_requests,
        "causes": amounts_as_json(row.causes),
        "is_sure": row.is_sure,
    }


def amounts_as_json(causes: dict[str, str]) -> dict[str, str]:
    return {cause: format_usd(Decimal(usd)) for cause, usd in causes.items()}
