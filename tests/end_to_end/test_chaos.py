"""Load, while data-plane processes are killed and the database goes: nothing lost, nothing twice.

`PURSER_CHAOS_SECONDS` makes it longer, with outages of `PURSER_CHAOS_OUTAGE_SECONDS` and a process
killed every `PURSER_CHAOS_KILL_SECONDS`.
"""

import asyncio
import json
import logging
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest

from tests.end_to_end.installation import Installation, manage, running_installation
from tests.fakes.upstream import Asked, FakeUpstream, Scripted, stream, whole
from tests.outage import outage

log = logging.getLogger(__name__)

SECONDS = float(os.environ.get("PURSER_CHAOS_SECONDS", "18"))
OUTAGE_SECONDS = float(os.environ.get("PURSER_CHAOS_OUTAGE_SECONDS", "5"))
KILL_SECONDS = float(os.environ.get("PURSER_CHAOS_KILL_SECONDS", "2"))
CLIENTS = 24
SMALL_LIMIT = Decimal("0.05")
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
MESSAGES = [{"role": "user", "content": "Hello"}]


@dataclass
class Heard:
    """What clients were told: the ids of answers that came whole, and everything else by kind."""

    answered: set[str] = field(default_factory=set)
    others: dict[str, int] = field(default_factory=dict)

    def other(self, what: str) -> None:
        self.others[what] = self.others.get(what, 0) + 1


def answer(asked: Asked) -> Scripted:
    """Takes its time, so that calls are in flight when something happens."""
    if asked.json.get("stream"):
        scripted = stream(
            [
                b'data: {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}\n\n',
                b'data: {"choices": [{"index": 0, "delta": {"content": "lo"}}]}\n\n',
                b'data: {"choices": [], "usage": ' + json.dumps(USAGE).encode() + b"}\n\n",
                b"data: [DONE]\n\n",
            ]
        )
    else:
        message = {"role": "assistant", "content": "Hello"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        scripted = whole(
            {"id": "c", "object": "chat.completion", "choices": [choice], "usage": USAGE}
        )
    scripted.delay_seconds = random.uniform(0.005, 0.06)
    return scripted


@pytest.fixture(scope="module")
def purser() -> Iterator[Installation]:
    with running_installation("--data-workers", "2") as installation:
        yield installation


@pytest.fixture(scope="module")
def secrets(purser: Installation) -> Iterator[list[str]]:
    """Two keys of two customers: one with much money, one with little."""
    far = FakeUpstream()
    far.script = answer
    headers = {"authorization": f"Bearer {purser.facts['admin_token']}"}
    base_url = purser.facts["control_url"] + "/api/v1"
    with httpx.Client(base_url=base_url, headers=headers, timeout=30) as rest:
        place = {"base_url": f"{far.url}/v1", "credential": {"api_key": "sk-provider-secret"}}
        create(rest, "providers", id="openai", kind="openai", **place)
        found = []
        for name, limit in (("rich", "1000"), ("poor", str(SMALL_LIMIT))):
            create(rest, "customers", id=name)
            found.append(create(rest, "virtual-keys", customer=name)["secret"])
            create(rest, "budgets", owner_type="customer", owner=name, limit_usd=limit)
    yield found
    far.stop()


def create(rest: httpx.Client, resource: str, **fields: Any) -> dict[str, Any]:
    response = rest.post(f"/{resource}", json=fields)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


async def keep_asking(client: httpx.AsyncClient, secret: str, heard: Heard, until: float) -> None:
    while time.monotonic() < until:
        body = {"model": "gpt-4o", "messages": MESSAGES, "max_tokens": random.randint(20, 200)}
        try:
            response = await client.post(
                "/v1/chat/completions",
                json={**body, "stream": random.random() < 0.5},
                headers={"authorization": f"Bearer {secret}"},
            )
        except httpx.HTTPError as error:
            heard.other(type(error).__name__)
        else:
            if response.status_code == 200:
                heard.answered.add(response.headers["x-request-id"])
            else:
                heard.other(response.json()["error"]["code"])


async def keep_killing(purser: Installation, until: float) -> int:
    killed = 0
    while time.monotonic() < until - 2:
        await asyncio.sleep(KILL_SECONDS)
        if running := purser.children("dataplane"):
            random.choice(running).kill()
            killed += 1
    return killed


async def keep_cutting_off(purser: Installation, until: float) -> int:
    outages = 0
    while time.monotonic() < until - OUTAGE_SECONDS - 3:
        await asyncio.sleep(3)
        with outage(purser.facts["database_url"]):
            await asyncio.sleep(OUTAGE_SECONDS)
        outages += 1
        await asyncio.sleep(4)
    return outages


async def chaos(purser: Installation, secrets: list[str]) -> Heard:
    heard, until = Heard(), time.monotonic() + SECONDS
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(
        base_url=purser.facts["data_url"], timeout=60, limits=limits
    ) as client:
        clients = [
            keep_asking(client, secrets[number % 2], heard, until) for number in range(CLIENTS)
        ]
        killed, outages, *_ = await asyncio.gather(
            keep_killing(purser, until), keep_cutting_off(purser, until), *clients
        )
    log.info("answered %d, killed %d, %s", len(heard.answered), killed, heard.others)
    assert killed > 3
    assert outages > 0
    return heard


def all_booked(purser: Installation, wanted: set[str]) -> list[str]:
    """The ids of all records, once the wanted ones are among them and no journal is orphaned."""
    deadline = time.monotonic() + 60
    while True:
        with psycopg.connect(purser.facts["database_url"]) as connection:
            rows = connection.execute("SELECT request_id FROM usage_usagerecord").fetchall()
        found = [row[0] for row in rows]
        orphaned = len(list((purser.var / "journal").glob("[!s]*"))) > 2
        if wanted <= set(found) and not orphaned:
            return found
        assert time.monotonic() < deadline, f"{len(wanted - set(found))} answers have no record"
        time.sleep(0.2)


def test_every_answer_has_one_record_and_no_cap_is_exceeded(
    purser: Installation, secrets: list[str]
):
    heard = asyncio.run(chaos(purser, secrets))
    found = all_booked(purser, heard.answered)

    assert len(heard.answered) > 50
    assert len(found) == len(set(found)), "a record is double"
    with psycopg.connect(purser.facts["database_url"]) as connection:
        spent = dict(
            connection.execute(
                "SELECT b.customer_id, sum(spent_usd) FROM budgets_balance"
                " JOIN budgets_budget b ON b.id = budget_id GROUP BY 1"
            ).fetchall()
        )
        costs = dict(
            connection.execute(
                "SELECT customer_id, sum(cost_usd) FROM usage_usagerecord"
                " WHERE customer_id IS NOT NULL GROUP BY 1"
            ).fetchall()
        )
    assert spent == costs
    assert spent["poor"] <= SMALL_LIMIT
    verdict = manage(
        "verify", DATABASE_URL=purser.facts["database_url"], PURSER_VAR_DIR=str(purser.var)
    )
    assert (verdict.returncode, verdict.stdout) == (0, ""), verdict.stderr
