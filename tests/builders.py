"""Rows for tests, each with what most tests do not care about filled in."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection, transaction

from billing.periods import window_at
from billing.sql import statement
from controlplane.accounts.models import Customer, Team
from controlplane.budgets.models import Budget
from controlplane.keys.models import VirtualKey

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_numbers = count(1)


def customer(id: str = "acme", **fields: Any) -> Customer:
    return Customer.objects.get_or_create(id=id, defaults=fields)[0]


def team(id: str = "research", *, customer_id: str = "acme", **fields: Any) -> Team:
    customer(customer_id)
    return Team.objects.create(id=id, customer_id=customer_id, **fields)


def virtual_key(id: str = "vk-1", *, customer_id: str = "acme", **fields: Any) -> VirtualKey:
    customer(customer_id)
    return VirtualKey.objects.create(id=id, customer_id=customer_id, **fields)


def budget(id: str = "acme-month", **fields: Any) -> Budget:
    """A budget of a customer, or of whom the fields say."""
    owner = {"owner_type": "customer", "customer_id": customer().id}
    return Budget.objects.create(id=id, **{"limit_usd": Decimal(100), **owner, **fields})


def balance(of: Budget, *, at: datetime = NOON, spent_usd: Any = 0, reserved_usd: Any = 0) -> int:
    """The id of a new balance of a budget, in the window of an instant."""
    window = window_at(of.window, of.timezone, at)
    row = {"period": of.window, "window_start": window.start, "window_end": window.end}
    amounts = {"spent_usd": spent_usd, "reserved_usd": reserved_usd}
    return insert("budgets_balance", {"budget_id": of.id, **row, **amounts}, returning="id")


def usage_record(**fields: Any) -> str:
    """Books an answered, priced usage record; returns its request id."""
    return usage_records([fields])[0]


def usage_records(many: Sequence[dict[str, Any]]) -> list[str]:
    """Writes records and rolls them up, as a flush does; returns their request ids."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE booked (LIKE usage_usagerecord)")
        ids = [insert("booked", _record(**fields), returning="request_id") for fields in many]
        cursor.execute("INSERT INTO usage_usagerecord SELECT * FROM booked")
        cursor.execute(statement("roll_up"))
        cursor.execute("DROP TABLE booked")
    return ids


def _record(**fields: Any) -> dict[str, Any]:
    number = next(_numbers)
    record = {
        "request_id": f"req_{number:06}",
        "at": NOON + timedelta(seconds=number),
        "customer_id": "acme",
        "team_id": None,
        "virtual_key_id": "vk-1",
        "metadata": {},
        "endpoint": "chat/completions",
        "model_requested": "gpt-4o",
        "provider": "openai",
        "model": "openai/gpt-4o",
        "status": 200,
        "error_code": None,
        "streamed": False,
        "cache": "off",
        "input_tokens": 100,
        "cached_input_tokens": 0,
        "cache_write_tokens": 0,
        "output_tokens": 10,
        "reasoning_tokens": 0,
        "token_details": {},
        "usage_source": "provider",
        "service_tier": "standard",
        "cost_usd": Decimal("0.01"),
        "saved_usd": Decimal(0),
        "reserved_usd": Decimal(0),
        "price_id": "openai/gpt-4o@2024-05-13",
        "attempts": [{"provider": "openai", "model": "openai/gpt-4o", "status": 200}],
        "balances": [],
        "ttft_ms": None,
        "total_ms": 800.5,
        "gateway_ms": 0.4,
    }
    return {**record, **fields}


def refusal(**fields: Any) -> str:
    """A request that was turned away before any attempt."""
    refused = {"status": 429, "error_code": "budget_exceeded", "attempts": [], "cost_usd": 0}
    nothing = {"input_tokens": 0, "output_tokens": 0, "usage_source": "none", "price_id": None}
    return usage_record(**{**refused, **nothing, **fields})


def insert(table: str, row: dict[str, Any], *, returning: str) -> Any:
    """Inserts a row past Django, as the ledger's statements do."""
    names = ", ".join(row)
    marks = ", ".join(["%s"] * len(row))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING {returning}",
            [_adapted(name, value) for name, value in row.items()],
        )
        return cursor.fetchone()[0]


def execute(sql: str, parameters: Sequence[Any] = ()) -> None:
    """What nothing in the product does, or only the ledger's statements."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _adapted(name: str, value: Any) -> Any:
    is_json = isinstance(value, dict) or (isinstance(value, Sequence) and name == "attempts")
    return json.dumps(value) if is_json else value
