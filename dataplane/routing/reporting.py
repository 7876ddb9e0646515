"""Telling the control plane how the deployments fare: rows that only this process writes.

Nothing depends on it: a database that cannot be told is told later.
"""

import asyncio
import contextlib
import logging
import time
from typing import Any

import msgspec
import psycopg

from dataplane.database import DATABASE_GONE, Database
from dataplane.routing.circuits import State
from dataplane.routing.health import DeploymentCircuit, Health

log = logging.getLogger(__name__)

REPORT_SECONDS = 5.0
REPORT_SECONDS_MIN = 0.5
MODEL_LENGTH_MAX = 300

REPORT = """
    INSERT INTO catalog_deploymenthealth (
        process_id, provider_id, model, credential_index, state, since,
        last_error_code, last_error_at, attempts, failures, p50_ms, reported_at
    )
    SELECT %(process)s, provider_id, model, credential_index, state,
           now() - make_interval(secs => since_seconds), last_error_code,
           now() - make_interval(secs => last_error_seconds), attempts, failures, p50_ms, now()
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS reported (
        provider_id text, model text, credential_index smallint, state text, since_seconds float8,
        last_error_code text, last_error_seconds float8, attempts bigint, failures bigint,
        p50_ms float8
    )
    ON CONFLICT (process_id, provider_id, model, credential_index) DO UPDATE
    SET state = excluded.state, since = excluded.since,
        last_error_code = excluded.last_error_code, last_error_at = excluded.last_error_at,
        attempts = excluded.attempts, failures = excluded.failures, p50_ms = excluded.p50_ms,
        reported_at = excluded.reported_at
"""
# Of processes that are gone, and of this one what it does not call any more.
FORGET = """
    DELETE FROM catalog_deploymenthealth
    WHERE reported_at < now() - interval '1 hour'
       OR (process_id = %(process)s AND reported_at < now() - interval '1 minute')
"""
LEAVE = "DELETE FROM catalog_deploymenthealth WHERE process_id = %(process)s"


class Reporting:
    """Reports every few seconds, and soon after a circuit has opened or closed."""

    def __init__(self, database: Database, process_id: str, health: Health) -> None:
        self._database = database
        self._process_id = process_id
        self._health = health

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(REPORT_SECONDS_MIN)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPORT_SECONDS - REPORT_SECONDS_MIN):
                    await self._health.has_changed.wait()
            self._health.has_changed.clear()
            await self._try(REPORT, FORGET)

    async def leave(self) -> None:
        """Takes back what this process said."""
        await self._try(LEAVE)

    async def _try(self, *statements: str) -> None:
        now = time.monotonic()
        rows = [row(each, now) for each in self._health if _is_news(each, now)]
        parameters = {"process": self._process_id, "rows": msgspec.json.encode(rows).decode()}
        try:
            async with self._database.connection() as connection:
                for statement in statements:
                    await connection.execute(statement, parameters)
        except (*DATABASE_GONE, psycopg.Error) as error:
            log.debug("the health of deployments cannot be reported now: %s", type(error).__name__)


def row(circuit: DeploymentCircuit, now: float) -> dict[str, Any]:
    """One row of the report. Ages are in seconds: the time of day is the database's."""
    recent = circuit.recent.reported(now)
    median = circuit.recent.median_seconds
    is_probed_next = circuit.state is State.OPEN and not circuit.rests(now)
    return {
        "provider_id": circuit.deployment.provider.id,
        "model": circuit.deployment.name,
        "credential_index": circuit.deployment.provider.credential_index,
        "state": State.HALF_OPEN if is_probed_next else circuit.state,
        "since_seconds": now - circuit.since,
        "last_error_code": circuit.last_failure,
        "last_error_seconds": now - circuit.last_failed_at if circuit.last_failure else None,
        "attempts": recent.attempts,
        "failures": recent.failures,
        "p50_ms": None if median is None else round(median * 1000, 3),
    }


def _is_news(circuit: DeploymentCircuit, now: float) -> bool:
    """It was called lately, or is left alone."""
    is_in_use = bool(circuit.waiting) or circuit.recent.reported(now).attempts > 0
    is_known = len(circuit.deployment.name) <= MODEL_LENGTH_MAX
    return is_known and (is_in_use or circuit.state is not State.CLOSED)
