"""Purser as it is started for real, with everything on."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.bench import exchange, processes
from tests.bench.gateways.base import Gateway
from tests.bench.gateways.missing import Missing
from tests.bench.load.target import Target
from tests.end_to_end.installation import Installation, manage

PROVIDER = "bench"
PLENTY = 1_000_000_000
LIMIT_USD = "1000000"
BOOKING_SECONDS_MAX = 30.0
CUSTOMER, TEAM, KEY = "bench-customer", "bench-team", "bench-key"


class Purser(Gateway):
    """One data-plane process; its own PostgreSQL, control plane, worker and beat beside it."""

    name = "Purser"
    version = "this repository"
    what = (
        "key, rate limits (requests, tokens, parallel), three hard budgets, usage records, metrics"
    )
    keeps_state = True

    def start(self, stub_url: str, folder: Path) -> Target:
        self.installation = Installation(folder / "var")
        try:
            self.installation.start("--data-workers", "1")
        except AssertionError as error:
            said = str(error).strip().splitlines() or ["it said nothing"]
            raise Missing(f"it did not start: {said[-1]}") from error
        secret = self._provision(stub_url, folder / "secret")
        url = f"{self.installation.facts['data_url']}/v1/chat/completions"
        return Target(url, f"{PROVIDER}/{exchange.MODEL}", {"authorization": f"Bearer {secret}"})

    def stop(self) -> None:
        self.installation.stop()

    def gateway_processes(self) -> list[int]:
        return [child.pid for child in self.installation.children("-m dataplane")]

    def other_processes(self) -> list[int]:
        ours = self.installation.processes()
        everything = {pid for process in ours for pid in processes.family(process.pid)}
        return sorted(everything - set(self.gateway_processes()))

    def rest(self) -> httpx.Client:
        facts = self.installation.facts
        headers = {"authorization": f"Bearer {facts['admin_token']}"}
        url = facts["control_url"] + "/api/v1"
        return httpx.Client(base_url=url, headers=headers, timeout=60)

    def database(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.installation.facts["database_url"], autocommit=True)

    def booked(self, answered: int) -> int:
        """How many answers the books hold, once they hold as many as expected, or will not."""
        give_up = time.monotonic() + BOOKING_SECONDS_MAX
        with self.database() as connection:
            while (count := _booked(connection)) < answered and time.monotonic() < give_up:
                time.sleep(0.1)
        return count

    def verify(self) -> "subprocess.CompletedProcess[str]":
        """`manage.py verify`: exit code 0 when balances, ledger and usage agree."""
        return manage("verify", PURSER_VAR_DIR=str(self.installation.var))

    def _provision(self, stub_url: str, kept: Path) -> str:
        """The configuration, by REST as anyone would; a second start keeps that of the first."""
        with self.rest() as client:
            if kept.exists():
                return kept.read_text()
            secret = provision(client, stub_url)
        kept.write_text(secret)
        return secret


def provision(client: httpx.Client, stub_url: str) -> str:
    """Everything that a call is held against; returns the secret of the key."""
    model = f"{PROVIDER}/{exchange.MODEL}"
    provider = {"kind": "openai_compatible", "base_url": f"{stub_url}/v1"}
    create(client, "providers", id=PROVIDER, credential={"api_key": "sk-bench"}, **provider)
    create(client, "models", id=model, provider=PROVIDER, upstream_model=exchange.MODEL)
    price = {"input_usd_per_mtok": "0.15", "output_usd_per_mtok": "0.60"}
    create(client, "prices", model=model, valid_from="2020-01-01T00:00:00Z", **price)
    create(client, "customers", id=CUSTOMER)
    create(client, "teams", id=TEAM, customer=CUSTOMER)
    limits = ("requests_per_minute", "tokens_per_minute", "max_parallel_requests")
    rate_limit = dict.fromkeys(limits, PLENTY)
    key = {"id": KEY, "customer": CUSTOMER, "team": TEAM, "rate_limit": rate_limit}
    secret: str = create(client, "virtual-keys", **key)["secret"]
    for owner_type, owner in (("customer", CUSTOMER), ("team", TEAM), ("virtual_key", KEY)):
        budget = {"owner_type": owner_type, "owner": owner, "limit_usd": LIMIT_USD}
        create(client, "budgets", window="month", enforcement="hard", **budget)
    return secret


def create(client: httpx.Client, resource: str, **fields: Any) -> dict[str, Any]:
    answer = client.post(f"/{resource}", json=fields)
    assert answer.status_code == 201, f"{resource}: {json.dumps(fields)}: {answer.text}"
    created: dict[str, Any] = answer.json()
    return created


def _booked(connection: "psycopg.Connection[Any]") -> int:
    row = connection.execute("SELECT count(*) FROM usage_usagerecord WHERE status = 200").fetchone()
    assert row is not None
    count: int = row[0]
    return count
