"""A statement as a PDF: the same figures as its page, laid out by Typst."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst

from billing.money import amount_text, parse_usd
from controlplane.statements.models import Adjustment, Statement
from controlplane.statements.queries import adjusted_usd
from controlplane.statements.rates import Rate

LAYOUT = Path(__file__).parent / "statement.typ"
INSTANT = timedelta(microseconds=1)
NONE = "–"


def statement_pdf(statement: Statement) -> bytes:
    """A4, in English; made anew, with the adjustments of today beside what is frozen."""
    data = json.dumps(_shown(statement), ensure_ascii=False)
    return typst.compile(LAYOUT.read_bytes(), sys_inputs={"data": data})


def _shown(statement: Statement) -> dict[str, Any]:
    content, zone = statement.content, ZoneInfo(statement.timezone)
    adjusted = adjusted_usd(statement)
    rate = Rate(statement.currency, statement.rate_per_usd, statement.rate_valid_from)
    has_rate = statement.rate_valid_from is not None
    return {
        "statement": statement.id,
        "customer": content["customer"]["name"] or content["customer"]["id"],
        "month": statement.month,
        "span": f"{day(statement.starts_at, zone)} – {day(statement.ends_at - INSTANT, zone)}",
        "timezone": statement.timezone,
        "closed_at": f"{statement.closed_at:%-d %B %Y, %H:%M UTC}",
        "total": amount_text(statement.total_usd),
        "adjustments": [_adjustment(each, zone) for each in statement.adjustments.all()],
        "adjusted": amount_text(adjusted),
        "adjusted_due": amount_text(rate.amount(adjusted)),
        "amount_due": amount_text(statement.amount_due),
        "currency": statement.currency,
        "rate": f"{statement.rate_per_usd.normalize():f}" if has_rate else None,
        "rate_from": str(statement.rate_valid_from),
        "unpriced": f"{content['unpriced_requests']:,}",
        "by_team": [_line(row, row.get("name") or row["team"]) for row in content["by_team"]],
        "by_key": [
            _line(row, row.get("name") or row["virtual_key"]) for row in content["by_virtual_key"]
        ],
        "by_model": [_line(row, row["provider"], row["model"]) for row in content["by_model"]],
        "prices": [
            [row["price_id"], f"{row['requests']:,}", amount_text(parse_usd(row["cost_usd"]))]
            for row in content["prices"]
        ],
        "hash": statement.content_hash,
    }


def _adjustment(adjustment: Adjustment, zone: ZoneInfo) -> dict[str, str]:
    return {
        "reason": adjustment.reason,
        "at": day(adjustment.created_at, zone),
        "amount": amount_text(adjustment.amount_usd),
    }


def day(at: datetime, zone: ZoneInfo) -> str:
    """`1 October 2026`, as it is there."""
    return f"{at.astimezone(zone):%-d %B %Y}"


def _line(row: dict[str, Any], *names: str | None) -> list[str]:
    cost = row["cost_usd"]
    return [
        *(name or NONE for name in names),
        f"{row['requests']:,}",
        f"{row['input_tokens']:,}",
        f"{row['output_tokens']:,}",
        "no price" if cost is None else amount_text(parse_usd(cost)),
    ]
