"""The hash by which a copy of a statement can be told to be the same."""

import hashlib
import json
from typing import Any

from billing.money import format_usd
from controlplane.statements.models import Statement


def frozen(statement: Statement) -> dict[str, Any]:
    """All that the hash is of, as JSON; its file is this, with the hash beside it."""
    rate_from = statement.rate_valid_from
    return {
        "statement": statement.id,
        "month": statement.month,
        "starts_at": statement.starts_at.isoformat(),
        "ends_at": statement.ends_at.isoformat(),
        "timezone": statement.timezone,
        "total_usd": format_usd(statement.total_usd),
        "currency": statement.currency,
        "rate_per_usd": f"{statement.rate_per_usd.normalize():f}",
        "rate_valid_from": rate_from and rate_from.isoformat(),
        "amount_due": f"{statement.amount_due:.2f}",
        "content": statement.content,
    }


def hash_of(statement: Statement) -> str:
    """SHA-256 of the frozen form in JSON: keys in order, no spaces, UTF-8. In hex."""
    text = json.dumps(frozen(statement), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
