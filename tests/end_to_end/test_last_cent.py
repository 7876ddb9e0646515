"""A thousand calls at once at a budget with room for a few: two processes spend it all, no more.

Each call is one connection of its own, so both processes get their share.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.end_to_end.installation import Installation, manage, running_installation
from tests.fakes.upstream import Asked, FakeUpstream, Scripted, whole

CALLS = 2_000
ROOM = 137
UNIT_USD = Decimal("0.001")
"""What 100 tokens of output cost; input is free, and an answer uses all that it may."""
UNIT_TOKENS = 100
LEVELS = ("customer", "team", "virtual_key")


@dataclass(frozen=True)
class Path:
    """A customer, a team and a key, of which one has a budget with little room."""

    secret: str
    budget: str


def answer(asked: Asked) -> Scripted:
    """Uses every token that the request allows."""
    used = asked.json["max_tokens"]
    message = {"role": "assistant", "content": "Hello"}
    choice = {"index": 0, "message": message, "finish_reason": "length"}
    usage = {"prompt_tokens": 1, "completion_tokens": used, "total_tokens": used + 1}
    return whole({"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage})


@pytest.fixture(scope="module")
def purser() -> Iterator[Installation]:
    with running_installation("--data-workers", "2") as installation:
        yield installation


@pytest.fixture(scope="module")
def rest(purser: Installation) -> Iterator[httpx.Client]:
    far = FakeUpstream()
    far.script = answer
    headers = {"authorization": f"Bearer {purser.facts['admin_token']}"}
    base_url = purser.facts["control_url"] + "/api/v1"
    with httpx.Client(base_url=base_url, headers=headers, timeout=30) as client:
        place = {"base_url": f"{far.url}/v1", "credential": {"api_key": "sk-provider-secret"}}
        create(client, "providers", id="far", kind="openai_compatible", **place)
        create(client, "models", id="far/round", provider="far", upstream_model="round")
        rates = {"input_usd_per_mtok": "0", "output_usd_per_mtok": "10"}
        create(client, "prices", model="far/round", valid_from="2020-01-01T00:00:00Z", **rates)
        yield client
    far.stop()


def create(rest: httpx.Client, resource: str, **fields: Any) -> dict[str, Any]:
    response = rest.post(f"/{resource}", json=fields)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def path_with_room(rest: httpx.Client, level: str) -> Path:
    """New owners on all three levels, each with a hard budget; only one is tight."""
    customer = create(rest, "customers")["id"]
    team = create(rest, "teams", customer=customer)["id"]
    key = create(rest, "virtual-keys", customer=customer, team=team)
    owners = {"customer": customer, "team": team, "virtual_key": key["id"]}
    budgets = {
        owner_type: create(
            rest,
            "budgets",
            owner_type=owner_type,
            owner=owner,
            limit_usd=str(UNIT_USD * ROOM) if owner_type == level else "1000",
        )["id"]
        for owner_type, owner in owners.items()
    }
    return Path(key["secret"], budgets[level])


async def call(purser: Installation, secret: str, units: int) -> str:
    """Its status, and the code of its error if it has one."""
    place = urlsplit(purser.facts["data_url"])
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    body = json.dumps(
        {
            "model": "far/round",
            "messages": [{"role": "user", "content": "Hello"}],
            "max_tokens": units * UNIT_TOKENS,
        }
    ).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: purser\r\nconnection: close\r\n"
        f"authorization: Bearer {secret}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    try:
        writer.write(head.encode() + body)
        answered = await reader.read()
    finally:
        writer.close()
    head_bytes, _, text = answered.partition(b"\r\n\r\n")
    status = head_bytes.split(b" ", 2)[1].decode()
    return status if status == "200" else f"{status} {json.loads(text)['error']['code']}"


def call_at_once(purser: Installation, secret: str, sizes: list[int]) -> "Counter[str]":
    async def all_calls() -> list[str]:
        async with asyncio.timeout(100):
            return await asyncio.gather(*(call(purser, secret, units) for units in sizes))

    return Counter(asyncio.run(all_calls()))


def spent_usd(purser: Installation, budget: str) -> Decimal:
    """What the books say, when all is flushed."""
    verdict = manage(
        "verify", DATABASE_URL=purser.facts["database_url"], PURSER_VAR_DIR=str(purser.var)
    )
    assert (verdict.returncode, verdict.stdout) == (0, ""), verdict.stderr
    with psycopg.connect(purser.facts["database_url"]) as connection:
        row = connection.execute(
            "SELECT spent_usd FROM budgets_balance WHERE budget_id = %s", [budget]
        ).fetchone()
    assert row is not None
    return Decimal(row[0])


@pytest.mark.parametrize("again", [1, 2])
@pytest.mark.parametrize("level", LEVELS)
def test_exactly_as_many_are_answered_as_there_is_room_for(
    level: str, again: int, purser: Installation, rest: httpx.Client
):
    path = path_with_room(rest, level)

    heard = call_at_once(purser, path.secret, [1] * CALLS)

    assert heard == {"200": ROOM, "429 budget_exceeded": CALLS - ROOM}
    assert spent_usd(purser, path.budget) == UNIT_USD * ROOM


@pytest.mark.parametrize("level", LEVELS)
def test_calls_of_different_sizes_spend_the_last_cent_and_no_more(
    level: str, purser: Installation, rest: httpx.Client
):
    path = path_with_room(rest, level)

    heard = call_at_once(purser, path.secret, random.choices(range(1, 6), k=CALLS))
    # A crowd may have been refused what another process gave back a moment later.
    while call_at_once(purser, path.secret, [1]) == {"200": 1}:
        heard["200"] += 1

    assert set(heard) == {"200", "429 budget_exceeded"}
    assert spent_usd(purser, path.budget) == UNIT_USD * ROOM
