"""The ledger's statements as one process uses them, one call at a time: a model to play with.

What the data plane does in several tasks happens here in the order the caller chooses, on a real
connection, with the same statements and the same algebra of allowances.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

import psycopg
from psycopg.rows import dict_row

from billing.allowances import Allowance
from billing.budgets import Budget
from billing.money import ZERO, format_usd
from billing.sql import statement

_numbers = count(1)


def connect(url: str) -> "psycopg.Connection[dict[str, Any]]":
    connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
    make_stage(connection)
    return connection


def make_stage(connection: "psycopg.Connection[Any]") -> None:
    for command in statement("stage_tables").split(";"):
        connection.execute(command)


def record(request_id: str, at: datetime, **fields: Any) -> dict[str, Any]:
    """A record as the data plane makes them, for the statements alone."""
    return {
        "request_id": request_id, "at": at.isoformat(), "customer_id": "acme", "team_id": None,
        "virtual_key_id": "vk-1", "metadata": {}, "endpoint": "chat/completions",
        "model_requested": "m", "provider": "p", "model": "m", "status": 200, "error_code": None,
        "streamed": False, "cache": "off", "input_tokens": 1, "cached_input_tokens": 0,
        "cache_write_tokens": 0, "output_tokens": 1, "reasoning_tokens": 0, "token_details": {},
        "usage_source": "provider", "service_tier": "standard", "cost_usd": "0.01",
        "saved_usd": "0", "reserved_usd": "0.01", "price_id": None, "attempts": [],
        "windows": [], "ttft_ms": None, "total_ms": 1.0, "gateway_ms": 1.0, **fields,
    }  # fmt: skip


@dataclass
class Call:
    """One call under way: what it reserved, and of what."""

    request_id: str
    at: datetime
    reserved_usd: Decimal
    path: tuple[Allowance, ...]

    def record(self, cost_usd: Decimal) -> str:
        windows = [
            {
                "budget_id": a.budget.id,
                "period": a.budget.period,
                "window_start": a.window.start.isoformat(),
                "window_end": a.window.end.isoformat() if a.window.end else None,
            }
            for a in self.path
        ]
        amounts = {"cost_usd": format_usd(cost_usd), "reserved_usd": format_usd(self.reserved_usd)}
        return json.dumps(record(self.request_id, self.at, windows=windows, **amounts))


@dataclass
class LedgerProcess:
    """One process: its memory, its journal, and its word with the database."""

    connection: "psycopg.Connection[dict[str, Any]]"
    id: str = field(default_factory=lambda: f"process-{next(_numbers)}")
    generation: int = 0
    is_trusted: bool = True
    allowances: dict[tuple[str, datetime], Allowance] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    settled: list[tuple[Call, Decimal]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.register()

    def path(self, budgets: list[Budget], at: datetime) -> tuple[Allowance, ...]:
        found = []
        for budget in budgets:
            window = budget.window(at)
            place = (budget.id, window.start)
            found.append(self.allowances.setdefault(place, Allowance(budget, window)))
        return tuple(found)

    def draw(self, allowance: Allowance, need: Decimal, *, reply_is_lost: bool = False) -> None:
        self._open(allowance)
        want = max(need, allowance.want_usd(need, 0))
        amounts = {"balances": [allowance.balance_id], "needs": [need], "wants": [want]}
        rows = self._run("draw", {**self.identity, **amounts})
        for row in rows if not reply_is_lost else ():
            allowance.granted(row["granted_usd"], want, 0)
        if reply_is_lost or not rows:
            self.reconcile()

    def reserve(self, path: tuple[Allowance, ...], amount: Decimal, at: datetime) -> bool:
        if not self.is_trusted or any(allowance.free_usd < amount for allowance in path):
            return False
        for allowance in path:
            allowance.reserve(amount, 0)
        self.calls.append(Call(f"req-{next(_numbers)}", at, amount, path))
        return True

    def settle(self, call: Call, cost: Decimal) -> None:
        self.calls.remove(call)
        for allowance in call.path:
            allowance.settle(call.reserved_usd, cost)
        self.settled.append((call, cost))

    def release(self, call: Call) -> None:
        self.calls.remove(call)
        for allowance in call.path:
            allowance.release(call.reserved_usd)

    def flush(self, *, reply_is_lost: bool = False) -> None:
        rows = self.book([call.record(cost) for call, cost in self.settled])
        if rows is None or reply_is_lost:
            self.reconcile()
            return
        moved = {row["id"]: row["moved_usd"] for row in rows}
        costs: dict[Allowance, Decimal] = {}
        for call, cost in self.settled:
            for allowance in call.path:
                costs[allowance] = costs.get(allowance, ZERO) + cost
        for allowance, cost in costs.items():
            allowance.flushed(cost, moved.get(allowance.balance_id, ZERO))
        self.settled.clear()

    def give_back(self, allowance: Allowance, *, reply_is_lost: bool = False) -> None:
        amount = allowance.return_free()
        if not amount:
            return
        amounts = {"balances": [allowance.balance_id], "amounts": [amount]}
        given = self._run("give_back", {**self.identity, **amounts})
        if given and not reply_is_lost:
            allowance.returned(amount)
        else:
            self.reconcile()

    def succeed(self) -> None:
        """What a successor does with the journal of this process, which is dead."""
        self.register()
        lost = [call.record(call.reserved_usd) for call in self.calls]
        self.book([*(call.record(cost) for call, cost in self.settled), *lost])
        self._run("release_process", {"process": self.id})

    def end_by_lease(self) -> None:
        """What another does when the lease of this one is over. It has stopped reserving."""
        self.is_trusted = False
        self.connection.execute(statement("release_process"), {"process": self.id})

    def reconcile(self) -> None:
        self.register()
        drawn = {
            row["balance_id"]: row["amount_usd"] for row in self._run("allowances", self.identity)
        }
        for allowance in self.allowances.values():
            allowance.reconcile(drawn.get(allowance.balance_id, ZERO))

    def register(self) -> None:
        (row,) = self._run("register", {"process": self.id, "host": "here"})
        self.generation, self.is_trusted = row["generation"], True

    @property
    def identity(self) -> dict[str, Any]:
        return {"process": self.id, "generation": self.generation}

    def book(self, texts: list[str]) -> list[dict[str, Any]] | None:
        """One flush. None where the process is fenced off."""
        with self.connection.transaction():
            if not self._run("fence", self.identity):
                return None
            with self.connection.cursor().copy(statement("stage")) as copy:
                copy.write("".join(text.replace("\\", "\\\\") + "\n" for text in texts))
            for step in ("open_staged", "lock_staged", "book"):
                self.connection.execute(statement(step))
            rows = self._run("settle", self.identity)
            self.connection.execute(statement("roll_up"))
            return rows

    def _open(self, allowance: Allowance) -> None:
        if allowance.balance_id is not None:
            return
        places = {
            "budgets": [allowance.budget.id],
            "periods": [allowance.budget.period],
            "starts": [allowance.window.start],
            "ends": [allowance.window.end],
        }
        self.connection.execute(statement("open_balances"), places)
        allowance.balance_id = self._run("find_balances", places)[0]["id"]

    def _run(self, name: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        cursor = self.connection.execute(statement(name), parameters)
        return cursor.fetchall() if cursor.description else []
