"""A hit: an answer that is there already, in the form that the client asks for, and its record."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec

from billing.money import ZERO
from dataplane.answer import Answer
from dataplane.caching import forms
from dataplane.caching.entries import Entry
from dataplane.caching.hits import MISS, SEMANTIC, Hit
from dataplane.gateway import Gateway
from dataplane.metering.booking.flusher import Entry as Booked
from dataplane.metering.records import Consumption, usage_record
from dataplane.request import GatewayRequest
from dataplane.routing.router import Route
from dataplane.settling import Admission
from dataplane.snapshot.model import Deployment


async def answer_from_cache(
    call: GatewayRequest,
    admission: Admission,
    chosen: Route,
    gateway: Gateway,
    by_calling: Callable[[], Awaitable[Answer]],
) -> Answer:
    """A hit; else as ever, and what is answered is left for the next."""
    key, asked_for = admission.key, chosen.candidates[: chosen.asked_for]
    look_up = gateway.cache.look_up(call, key, key.cache, asked_for) if key.cache else None
    if look_up is None:
        return await by_calling()
    if (hit := await look_up.find()) is not None:
        return await _replay(hit, call, admission, asked_for, gateway)
    call.cache, admission.look_up = MISS, look_up
    try:
        answer = await by_calling()
    except BaseException:
        look_up.give_up()
        raise
    if isinstance(answer.body, bytes):
        look_up.keep(call.endpoint, answer.body)
    else:
        answer.body = look_up.watch(call.endpoint, answer.body)
    return answer


async def _replay(
    hit: Hit,
    call: GatewayRequest,
    admission: Admission,
    asked_for: Sequence[Deployment],
    gateway: Gateway,
) -> Answer:
    """Costs nothing: no budget is asked, and the record says what was saved."""
    call.cache, entry = hit.kind, hit.entry
    headers = {
        "x-purser-provider": entry.provider,
        "x-purser-model": entry.model,
        "x-purser-attempts": "0",
        "x-purser-cache": hit.kind,
        **(admission.rate.headers if admission.rate else {}),
    }
    if hit.kind == SEMANTIC:
        headers["x-purser-cache-score"] = f"{hit.score:.3f}"
    if not call.streamed:
        await gateway.books.make_sure(_book(entry, call, admission, asked_for, gateway))
        headers |= {"content-type": "application/json", "x-purser-cost-usd": "0"}
        return Answer(200, headers, entry.body)
    pieces = forms.pieces(call.endpoint, entry.body, with_usage=_wants_usage(call))
    call.ttft_ms = call.elapsed_ms
    booked = _book(entry, call, admission, asked_for, gateway)
    headers["content-type"] = "text/event-stream; charset=utf-8"
    return Answer(200, headers, _stream(pieces, booked, gateway))


async def _stream(pieces: list[bytes], booked: Booked, gateway: Gateway) -> AsyncIterator[bytes]:
    """Its last piece leaves when the hit is on record."""
    for piece in pieces[:-1]:
        yield piece
    await gateway.books.make_sure(booked)
    yield pieces[-1]


def _book(
    entry: Entry,
    call: GatewayRequest,
    admission: Admission,
    asked_for: Sequence[Deployment],
    gateway: Gateway,
) -> Booked:
    record = usage_record(
        call,
        status=200,
        deployment=next((each for each in asked_for if each.id == entry.deployment_id), None),
        consumed=Consumption(),
        saved_usd=entry.cost_usd or ZERO,
    )
    gateway.telemetry.answered(record)
    call.is_booked = True
    if admission.rate is not None:
        gateway.rate_limits.settle(admission.rate, 0)
    return gateway.books.record(record)


def _wants_usage(call: GatewayRequest) -> bool:
    raw = call.fields.get("stream_options")
    try:
        options = None if raw is None else msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return False
    return isinstance(options, dict) and options.get("include_usage") is True
