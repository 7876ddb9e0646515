"""An outage drill: under steady load the first provider fails in one way after the other.

It refuses connections, then stalls, then resets in the middle of a header, then answers 529. No
client notices: a provider of another dialect answers meanwhile, and the first choice returns by
itself. `PURSER_DRILL_REQUESTS_PER_SECOND` and `PURSER_DRILL_PHASE_SECONDS` make it harder.
"""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.end_to_end.installation import Installation, manage, running_installation
from tests.end_to_end.outage.clients import Clients, Heard
from tests.end_to_end.outage.first_provider import FirstProvider, Phase
from tests.end_to_end.outage.second_provider import claude
from tests.fakes.upstream import FakeUpstream

log = logging.getLogger(__name__)

REQUESTS_PER_SECOND = float(os.environ.get("PURSER_DRILL_REQUESTS_PER_SECOND", "40"))
PHASE_SECONDS = float(os.environ.get("PURSER_DRILL_PHASE_SECONDS", "3"))
# Scaled like the phases: when an answer is late, and how long a provider is left alone.
LATE_SECONDS = "0.5"
REST_SECONDS_MAX = "1"
FIRST, SECOND = "first", "second"
MODEL = f"{FIRST}/gpt-4o"
# What the usage records of a phase call the failed attempts.
FAILURES = {
    Phase.REFUSES: {"connect_failed", "connection_lost"},
    Phase.STALLS: {"slow", "first_byte_timeout"},
    Phase.RESETS: {"connection_lost"},
    Phase.OVERLOADED: {"overloaded"},
}


@pytest.fixture(scope="module")
def purser() -> Iterator[Installation]:
    settings = {
        "PURSER_UPSTREAM_LATE_SECONDS": LATE_SECONDS,
        "PURSER_UPSTREAM_REST_SECONDS_MAX": REST_SECONDS_MAX,
    }
    with running_installation("--data-workers", "2", **settings) as installation:
        yield installation


@pytest.fixture(scope="module")
def second() -> Iterator[FakeUpstream]:
    upstream = FakeUpstream()
    upstream.script = claude
    yield upstream
    upstream.stop()


def configure(purser: Installation, first_url: str, second_url: str) -> str:
    """The secret of a key that falls back from GPT to Claude."""
    headers = {"authorization": f"Bearer {purser.facts['admin_token']}"}
    base_url = purser.facts["control_url"] + "/api/v1"
    with httpx.Client(base_url=base_url, headers=headers, timeout=30) as rest:

        def create(resource: str, **fields: Any) -> dict[str, Any]:
            answer = rest.post(f"/{resource}", json=fields)
            assert answer.status_code == 201, answer.text
            created: dict[str, Any] = answer.json()
            return created

        credential = {"api_key": "sk-provider-secret"}
        create(
            "providers", id=FIRST, kind="openai", base_url=f"{first_url}/v1", credential=credential
        )
        create("providers", id=SECOND, kind="anthropic", base_url=second_url, credential=credential)
        create("customers", id="acme")
        create("budgets", owner_type="customer", owner="acme", limit_usd="1000")
        fallbacks = [{"provider": SECOND, "model": "claude-haiku-4-5"}]
        secret: str = create("virtual-keys", customer="acme", fallbacks=fallbacks)["secret"]
    return secret


async def drill(purser: Installation, second_url: str) -> list[Heard]:
    first = FirstProvider()
    await first.start()
    secret = await asyncio.to_thread(configure, purser, first.url, second_url)
    clients, stopped = Clients(purser.facts["data_url"], secret, MODEL, first), asyncio.Event()
    load = asyncio.create_task(clients.run(REQUESTS_PER_SECOND, stopped))
    try:
        for phase in Phase:
            await first.enter(phase)
            await asyncio.sleep(2 * PHASE_SECONDS if phase is Phase.BACK else PHASE_SECONDS)
    finally:
        stopped.set()
        await load
        await first.stop()
    return clients.heard


def records(purser: Installation, wanted: int) -> dict[str, list[dict[str, Any]]]:
    """The attempts of all requests, once all are in the books."""
    deadline = time.monotonic() + 30
    while True:
        with psycopg.connect(purser.facts["database_url"]) as connection:
            rows = connection.execute("SELECT request_id, attempts FROM usage_usagerecord")
            found = dict(rows.fetchall())
        if len(found) >= wanted or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def test_no_client_notices_an_outage(purser: Installation, second: FakeUpstream):
    heard = asyncio.run(drill(purser, second.url))
    attempts = records(purser, len(heard))
    by_phase = {phase: [each for each in heard if each.phase is phase] for phase in Phase}
    for phase, answers in by_phase.items():
        log.info("%s: %s", phase, Counter(each.provider for each in answers))

    assert [each.problem for each in heard if each.problem] == []
    assert len(heard) > REQUESTS_PER_SECOND * PHASE_SECONDS * 3
    is_named(heard, attempts)
    for phase, failures in FAILURES.items():
        codes = {
            attempt["error_code"]
            for each in by_phase[phase]
            for attempt in attempts[each.request_id]
            if attempt["error_code"]
        }
        assert codes & failures, (phase, codes)
        in_the_end = by_phase[phase][-int(REQUESTS_PER_SECOND * PHASE_SECONDS / 3) :]
        assert {len(attempts[each.request_id]) for each in in_the_end} <= {1, 2}
    returned = [each.provider for each in by_phase[Phase.BACK]]
    assert set(returned[-int(REQUESTS_PER_SECOND) :]) == {FIRST}
    verdict = manage(
        "verify", DATABASE_URL=purser.facts["database_url"], PURSER_VAR_DIR=str(purser.var)
    )
    assert (verdict.returncode, verdict.stdout) == (0, ""), verdict.stderr


def is_named(heard: list[Heard], attempts: dict[str, list[dict[str, Any]]]) -> None:
    """Each answer has one record, whose last attempt answered, and whose others failed at first."""
    assert len(attempts) == len({each.request_id for each in heard}) == len(heard)
    for each in heard:
        *failed, last = attempts[each.request_id]
        assert (last["provider"], last["error_code"]) == (each.provider, None)
        assert {attempt["provider"] for attempt in failed} <= {FIRST}
        assert all(attempt["error_code"] for attempt in failed)
