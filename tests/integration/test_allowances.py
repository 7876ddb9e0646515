"""The algebra of allowances against the real statements: exact whatever happens in which order."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection as django_connection

from billing.budgets import Budget
from controlplane.usage.services import verify_books
from tests import builders, ledger
from tests.ledger import LedgerProcess

LIMITS = {"b-month": Decimal("1"), "b-rolling": Decimal("0.90"), "b-day": Decimal("0.80")}
PERIODS = {"b-month": "month", "b-rolling": "6h", "b-day": "day"}
COUNTERS = "SELECT id, budget_id, spent_usd, reserved_usd FROM budgets_balance"
DRAWN = "SELECT process_id, balance_id, amount_usd FROM budgets_allowance"
STEPS = 500
WEIGHTS = {
    "reserve": 40, "settle": 18, "release": 10, "flush": 10, "give_back": 10, "draw": 5,
    "crash": 2, "lose_the_lease_at_rest": 3, "turn_the_window": 2,
}  # fmt: skip


class World:
    """Three processes, three budgets on one path, and everything that can happen to them."""

    def __init__(self, url: str, seed: int) -> None:
        self.chance = random.Random(seed)
        self.budgets = []
        for name, limit in LIMITS.items():
            builders.budget(name, limit_usd=limit, window=PERIODS[name])
            owner = ("customer", "acme")
            self.budgets.append(Budget(name, *owner, limit, PERIODS[name], "UTC", is_hard=True))
        self.connection = ledger.connect(url)
        self.processes = [LedgerProcess(self.connection) for _ in range(3)]
        self.at = datetime.now(UTC)
        self.cost = Decimal(0)
        self.happened: Counter[str] = Counter()

    def step(self) -> None:
        (name,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        place = self.chance.randrange(3)
        getattr(self, name)(self.processes[place], place)

    def reply_is_lost(self) -> bool:
        return self.chance.random() < 0.2

    def amount(self) -> Decimal:
        return Decimal(self.chance.randint(1, 120)) / 1000

    def draw(self, process: LedgerProcess, place: int) -> None:
        amount = self.amount()
        for allowance in process.path(self.budgets, self.at):
            need = max(amount - allowance.free_usd, Decimal(0))
            process.draw(allowance, need, reply_is_lost=self.reply_is_lost())

    def reserve(self, process: LedgerProcess, place: int) -> None:
        path, amount = process.path(self.budgets, self.at), self.amount()
        for allowance in path:
            if allowance.free_usd < amount:
                process.draw(allowance, amount - allowance.free_usd)
        self.happened["reserved"] += process.reserve(path, amount, self.at)

    def settle(self, process: LedgerProcess, place: int) -> None:
        if process.calls:
            call = self.chance.choice(process.calls)
            cost = call.reserved_usd * self.chance.choice((Decimal("0.1"), Decimal("0.37"), 1))
            self.cost += cost
            process.settle(call, cost)

    def release(self, process: LedgerProcess, place: int) -> None:
        if process.calls:
            process.release(self.chance.choice(process.calls))

    def flush(self, process: LedgerProcess, place: int) -> None:
        self.happened["flushed"] += len(process.settled)
        process.flush(reply_is_lost=self.reply_is_lost())

    def give_back(self, process: LedgerProcess, place: int) -> None:
        for allowance in process.path(self.budgets, self.at):
            process.give_back(allowance, reply_is_lost=self.reply_is_lost())

    def crash(self, process: LedgerProcess, place: int) -> None:
        self.happened["lost"] += len(process.calls)
        self.cost += sum(call.reserved_usd for call in process.calls)
        process.succeed()
        self.processes[place] = LedgerProcess(self.connection)

    def lose_the_lease_at_rest(self, process: LedgerProcess, place: int) -> None:
        """A process stops reserving long before its lease ends, so it ends with nothing open."""
        for call in list(process.calls):
            process.release(call)
        process.flush()
        process.end_by_lease()

    def turn_the_window(self, process: LedgerProcess, place: int) -> None:
        self.at += timedelta(days=self.chance.choice((1, 1, 31)))

    def check(self) -> None:
        for row in self.connection.execute(COUNTERS).fetchall():
            assert row["spent_usd"] + row["reserved_usd"] <= LIMITS[row["budget_id"]]
        rows = self.connection.execute(DRAWN).fetchall()
        drawn = {(row["process_id"], row["balance_id"]): row["amount_usd"] for row in rows}
        for process in self.processes:
            for allowance in process.allowances.values() if process.is_trusted else ():
                found = drawn.pop((process.id, allowance.balance_id or 0), Decimal(0))
                assert allowance.drawn_usd == found
                # A flush whose reply was lost counts twice, until it is repeated.
                assert allowance.free_usd + allowance.unflushed_usd >= 0

    def end(self) -> None:
        for process in self.processes:
            process.flush()
            process.flush()
            for call in list(process.calls):
                process.release(call)
            process.succeed()


@pytest.mark.parametrize("seed", range(6))
def test_money_is_exact_in_every_interleaving(database: str, seed: int):
    django_connection.close()
    world = World(database, seed)

    for _ in range(STEPS):
        world.step()
        world.check()
    world.end()

    rows = world.connection.execute(COUNTERS).fetchall()
    assert {row["reserved_usd"] for row in rows} == {0}
    assert sum(row["spent_usd"] for row in rows if row["budget_id"] == "b-day") == world.cost
    assert verify_books() == []
    assert min(world.happened[what] for what in ("reserved", "flushed", "lost")) > 0
    world.connection.close()
