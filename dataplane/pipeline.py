"""The order of the steps of a request. Every branch of the path is here, none of the work.

hold back repetitions → hold to metadata rules → permit → route → rate limits → cache
→ attempts (reserve, intend, call) → settle, record → answer
"""

from collections.abc import AsyncIterator
from functools import partial

from billing.money import format_usd
from dataplane.access.metadata import hold_to_rules
from dataplane.answer import Answer
from dataplane.attempting import Attempts
from dataplane.choosing import choose
from dataplane.envelopes import error_event
from dataplane.errors import GatewayError, Unavailable, UpstreamFailed
from dataplane.failures import public_code
from dataplane.gateway import Gateway
from dataplane.metering.records import all_reserved
from dataplane.metering.worst_case import estimate
from dataplane.presence import ClientLeft
from dataplane.providers.base import WholeAnswer
from dataplane.providers.redaction import redact
from dataplane.replaying import answer_from_cache
from dataplane.request import GatewayRequest
from dataplane.routing.router import Route
from dataplane.settling import (
    CLIENT_CLOSED_STATUS,
    CLIENT_LEFT,
    Admission,
    Settling,
    settle_failed,
)
from dataplane.snapshot.model import VirtualKey
from dataplane.upstream.call import OpenStream, secrets_of
from dataplane.upstream.streaming import StreamEnd, relay


async def answer(call: GatewayRequest, key: VirtualKey, gateway: Gateway) -> Answer:
    """The whole path of an authenticated request. Raises `GatewayError`, `ClientLeft`."""
    if gateway.is_stopping:
        raise Unavailable.shutting_down()
    if gateway.books.is_full or not gateway.listener.ready.is_set():
        raise Unavailable.ledger()
    if key.backs_off:
        gateway.repeats.require_calm(call, key)
    if key.metadata_rules:
        call.metadata = hold_to_rules(key, call.metadata)
    chosen = choose(call, key, gateway.catalog, gateway.health.is_well)
    rate = await gateway.rate_limits.take(key, estimate.tokens_guessed(call))
    admission = Admission(key, rate)
    try:
        if key.cache is None:
            return await _answered(call, admission, chosen, gateway)
        by_calling = partial(_answered, call, admission, chosen, gateway)
        return await answer_from_cache(call, admission, chosen, gateway, by_calling)
    except BaseException:
        if rate is not None:
            gateway.rate_limits.settle(rate, 0)
        raise


async def _answered(
    call: GatewayRequest, admission: Admission, chosen: Route, gateway: Gateway
) -> Answer:
    attempts = Attempts(call, admission, chosen, gateway)
    try:
        settling, got = await attempts.begin()
    except Exception as error:
        await settle_failed(call, admission, attempts.owed, gateway, *_end(error))
        raise
    if isinstance(got, WholeAnswer):
        return await _whole(got, settling)
    headers = {**settling.headers(), "content-type": "text/event-stream; charset=utf-8"}
    return Answer(200, headers, _stream(attempts, settling, got))


def _end(error: Exception) -> tuple[int, str]:
    """The status and the code of a request that came to this."""
    if isinstance(error, ClientLeft):
        return CLIENT_CLOSED_STATUS, CLIENT_LEFT
    if not isinstance(error, GatewayError):
        error = GatewayError.internal()
    return error.answered_status, error.code


async def _whole(whole: WholeAnswer, settling: Settling) -> Answer:
    consumed = (
        all_reserved(settling.call, settling.own_usd)
        if whole.is_pending
        else settling.consumption(whole.usage, whole.output_bytes)
    )
    await settling.gateway.books.make_sure(settling.settle(consumed, None))
    headers = {**settling.headers(), "content-type": "application/json"}
    if consumed.cost_usd is not None:
        headers["x-purser-cost-usd"] = format_usd(consumed.cost_usd)
    return Answer(200, headers, whole.body)


async def _stream(
    attempts: Attempts, settling: Settling, stream: OpenStream
) -> AsyncIterator[bytes]:
    """The relayed stream; its last bytes leave when the call is booked."""
    call, gateway = settling.call, settling.gateway
    chunk_seconds = gateway.settings.upstream_chunk_timeout_seconds
    end = StreamEnd()
    try:
        async for chunk in relay(stream, chunk_seconds, end):
            yield chunk
        while (resumed := await attempts.resume(settling, stream, end)) is not None:
            gateway.finish(stream.response.aclose())
            settling, stream, end = *resumed, StreamEnd()
            async for chunk in relay(stream, chunk_seconds, end):
                yield chunk
    finally:
        entry = settling.settle_stream(stream, end)
        gateway.finish(stream.response.aclose())
    await gateway.books.make_sure(entry)
    if end.told:
        yield redact(end.told, secrets_of(settling.deployment.provider))
    elif end.failure is not None and not call.client.is_gone:
        yield error_event(call.endpoint, UpstreamFailed(public_code(end.failure)).describe(call.id))
    if ending := stream.reader.ending():
        yield ending
