"""A hit: an answer that is there already, in the form that the client asks for, and its record."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec

from billing.money import ZERO, format_usd
from dataplane.answer import Answer
from dataplane.caching import forms
from dataplane.caching.asked import Embed
from dataplane.caching.entries import Entry
from dataplane.caching.hits import Hit
from dataplane.caching.keeping import Keeping
from dataplane.caching.reasons import MISS, SEMANTIC
from dataplane.embedding import ForTheCache
from dataplane.gateway import Gateway
from dataplane.metering.booking.flusher import Entry as Booked
from dataplane.metering.records import NO_WINDOWS, Consumption, usage_record
from dataplane.request import GatewayRequest
from dataplane.routing.router import Route
from dataplane.settling import Admission
from dataplane.snapshot.model import Deployment

REASON_CHARACTERS_MAX = 400


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
    if (hit := await look_up.find(_embed(call, admission, gateway))) is not None:
        answer = await _replay(hit, call, admission, asked_for, gateway)
    else:
        call.cache, admission.keeping = MISS, look_up.keeping
        answer = await _kept(call, look_up.keeping, by_calling)
    if (why := look_up.explanation) is not None:
        answer.headers["x-purser-cache-reason"] = _one_line(why)
    return answer


def _embed(call: GatewayRequest, admission: Admission, gateway: Gateway) -> Embed | None:
    """None: by the local embedder."""
    rules = admission.key.cache
    if rules is None or not rules.embedder:
        return None
    return ForTheCache(call, admission, rules.embedder, gateway).embed


async def _kept(
    call: GatewayRequest, keeping: Keeping, by_calling: Callable[[], Awaitable[Answer]]
) -> Answer:
    try:
        answer = await by_calling()
    except BaseException:
        keeping.give_up()
        raise
    if isinstance(answer.body, bytes):
        keeping.keep(call.endpoint, answer.body)
    else:
        answer.body = keeping.watch(call.endpoint, answer.body)
    return answer


def _one_line(text: str) -> str:
    """As a header may be."""
    return "".join(each if each.isprintable() else " " for each in text[:REASON_CHARACTERS_MAX])


async def _replay(
    hit: Hit,
    call: GatewayRequest,
    admission: Admission,
    asked_for: Sequence[Deployment],
    gateway: Gateway,
) -> Answer:
    """Costs what its embedding cost: no budget is asked for more, and the record says what was
    saved."""
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
        headers["x-purser-cache-similarity"] = f"{hit.cosine:.3f}"
    if not call.streamed:
        await gateway.books.make_sure(_book(entry, call, admission, asked_for, gateway))
        headers["content-type"] = "application/json"
        headers["x-purser-cost-usd"] = format_usd(admission.owed.kept_usd)
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
    owed = admission.owed
    record = usage_record(
        call,
        status=200,
        deployment=next((each for each in asked_for if each.id == entry.deployment_id), None),
        consumed=owed.on_top_of(Consumption(source=owed.source)),
        reserved_usd=owed.kept.reserved_usd if owed.kept else ZERO,
        windows=owed.kept.path.windows if owed.kept else NO_WINDOWS,
        saved_usd=entry.cost_usd or ZERO,
    )
    gateway.telemetry.answered(record)
    call.is_booked = True
    if admission.rate is not None:
        gateway.rate_limits.settle(admission.rate, owed.tokens.input)
    if owed.kept is None:
        return gateway.books.record(record)
    return gateway.books.settle(record, owed.kept, owed.cost_usd)


def _wants_usage(call: GatewayRequest) -> bool:
    raw = call.fields.get("stream_options")
    try:
        options = None if raw is None else msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return False
    return isinstance(options, dict) and options.get("include_usage") is True
