"""`GET /v1/quota`: what is left for the key that asks. It is no call, and nothing counts it."""

import asyncio
from datetime import datetime

import msgspec
import psycopg

from dataplane.access.authentication import authenticate
from dataplane.access.rate_limits import WINDOW_SECONDS
from dataplane.access.rates.looking import look
from dataplane.access.rates.slot_clock import WINDOW_SLOTS
from dataplane.database import DATABASE_GONE
from dataplane.endpoints.http import (
    Scope,
    Send,
    headers_of,
    request_id_headers,
    send_error,
    send_whole,
)
from dataplane.errors import GatewayError, Unavailable
from dataplane.gateway import Gateway
from dataplane.left import BudgetStanding, RatesLeft, binding_budget, budget_standing, rates_left
from dataplane.metering.standings import read_standings
from dataplane.request import new_request_id
from dataplane.snapshot.model import VirtualKey

READ_SECONDS_MAX = 2.0
HEADERS = {"content-type": "application/json", "cache-control": "no-store"}
UNREADABLE = "What is left cannot be read just now. Try again shortly."


class Quota(msgspec.Struct, kw_only=True):
    """Empty lists allow all."""

    object: str = "quota"
    at: datetime
    virtual_key: str
    customer: str
    team: str | None
    expires_at: datetime | None
    paused_until: datetime | None
    """Until then the key is refused; this answer is not."""
    secret_expires_at: datetime | None
    """When the secret that was sent ends, where it was rotated."""
    allowed_models: tuple[str, ...]
    denied_models: tuple[str, ...]
    allowed_providers: tuple[str, ...]
    budgets: list[BudgetStanding]
    binding_budget: str | None
    """The hard budget with the least left."""
    rate_limits: RatesLeft


async def serve(gateway: Gateway, scope: Scope, send: Send) -> None:
    """One answer, in a bounded time."""
    at = gateway.clock.now()
    request_id = new_request_id(at)
    try:
        key = await authenticate(headers_of(scope), gateway.keys.find, at)
        quota = await _read_in_time(gateway, key, at)
    except GatewayError as error:
        await send_error(send, error, request_id)
        return
    headers = {**HEADERS, **request_id_headers(request_id, None)}
    await send_whole(send, 200, headers, msgspec.json.encode(quota))


async def _read_in_time(gateway: Gateway, key: VirtualKey, at: datetime) -> Quota:
    """Raises `Unavailable`. Few are read at once, so that calls never wait for a connection."""
    try:
        async with asyncio.timeout(READ_SECONDS_MAX), gateway.quota_reads:
            return await _read(gateway, key, at)
    except (TimeoutError, *DATABASE_GONE, psycopg.Error) as error:
        headers = {"retry-after": "1"}
        raise Unavailable("ledger_unavailable", UNREADABLE, headers=headers) from error


async def _read(gateway: Gateway, key: VirtualKey, at: datetime) -> Quota:
    async with gateway.database.connection() as connection:
        standings = await read_standings(connection, key.budgets, at)
        rates = await look(connection, key, WINDOW_SECONDS / WINDOW_SLOTS)
    return Quota(
        at=at,
        virtual_key=key.id,
        customer=key.customer,
        team=key.team,
        expires_at=key.expires_at,
        paused_until=key.paused_until,
        secret_expires_at=key.secret_expires_at,
        allowed_models=key.allowed_models,
        denied_models=key.denied_models,
        allowed_providers=key.allowed_providers,
        budgets=[budget_standing(each) for each in standings],
        binding_budget=binding_budget(standings),
        rate_limits=rates_left(rates),
    )
