"""The order of the steps of a request. Every branch of the path is here, none of the work.

permit → rate limits → for each candidate: reserve, intend → attempt → settle, record → answer
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from billing.money import format_usd
from dataplane import refusals
from dataplane.access import permissions
from dataplane.access.rate_limits import RateGrant
from dataplane.envelopes import error_event
from dataplane.errors import (
    GatewayError,
    InvalidRequest,
    NotFound,
    Unavailable,
    Unsupported,
    UpstreamFailed,
)
from dataplane.gateway import Gateway
from dataplane.metering.records import all_reserved
from dataplane.metering.worst_case import estimate
from dataplane.providers.base import WireFormat
from dataplane.request import GatewayRequest
from dataplane.reserving import reserve
from dataplane.routing import fallback, router
from dataplane.settling import Settling
from dataplane.snapshot.model import Deployment, VirtualKey
from dataplane.snapshot.resolve import resolve
from dataplane.upstream.call import OpenStream
from dataplane.upstream.client import AttemptFailed
from dataplane.upstream.streaming import StreamEnd, relay


@dataclass(slots=True)
class Answer:
    """What the client gets: a whole body, or its pieces as they come."""

    status: int
    headers: dict[str, str]
    body: bytes | AsyncIterator[bytes]


@dataclass(slots=True)
class Admission:
    """A request that may be made: by whom, and what it took of the rate limits."""

    key: VirtualKey
    rate: RateGrant | None


async def answer(call: GatewayRequest, key: VirtualKey, gateway: Gateway) -> Answer:
    """The whole path of an authenticated request. Raises `GatewayError`."""
    if gateway.is_stopping:
        raise Unavailable.shutting_down()
    if gateway.books.is_full or not gateway.listener.ready.is_set():
        raise Unavailable.ledger()
    candidates = _candidates(call, key, gateway)
    rate = await gateway.rate_limits.take(key, estimate.tokens_guessed(call))
    admission = Admission(key, rate)
    try:
        return await _first_answer(call, admission, candidates, gateway)
    except BaseException:
        if rate is not None:
            gateway.rate_limits.settle(rate, 0)
        raise


def _candidates(call: GatewayRequest, key: VirtualKey, gateway: Gateway) -> list[Deployment]:
    requested = call.model_requested or ""
    found = resolve(gateway.catalog, requested, key.allowed_providers)
    if not found:
        raise NotFound("model_not_found", f"The model '{requested}' does not exist.", param="model")
    return router.candidates(
        permissions.permitted(key, requested, found),
        key.fallbacks,
        lambda name: resolve(gateway.catalog, name, key.allowed_providers),
        lambda deployment: permissions.may_call(key, deployment.id, deployment),
    )


async def _first_answer(
    call: GatewayRequest, admission: Admission, candidates: list[Deployment], gateway: Gateway
) -> Answer:
    """Tries the candidates in order. What the first cannot afford, a fallback is not asked for."""
    failure: AttemptFailed | None = None
    unsupported: Unsupported | None = None
    for deployment in candidates:
        try:
            wire = gateway.wire_formats.find(call.endpoint, deployment)
            reservation = await reserve(call, admission.key, deployment, gateway)
        except Unsupported as error:
            unsupported = unsupported or error
            continue
        except GatewayError:
            if failure is None:
                raise
            continue
        attempt = call.start_attempt(deployment)
        try:
            settling = Settling(
                call, admission.key, admission.rate, deployment, reservation, attempt, gateway
            )
            return await _attempt(wire, settling)
        except InvalidRequest as error:
            call.attempts.remove(attempt)
            gateway.books.release(reservation)
            if not isinstance(error, Unsupported):
                raise
            unsupported = unsupported or error
        except AttemptFailed as failed:
            failure = failed
            attempt.status, attempt.error_code = failed.status, failed.code
            gateway.books.release(reservation)
            if failed.status is not None and fallback.request_is_at_fault(failed.status):
                break
    if failure is not None:
        raise refusals.after_all_attempts(failure)
    assert unsupported is not None, "there is a candidate, so it was tried or refused"
    raise unsupported


async def _attempt(wire: WireFormat, settling: Settling) -> Answer:
    """One attempt, settled. Raises `AttemptFailed` as long as the client has seen nothing."""
    call, gateway, deployment = settling.call, settling.gateway, settling.deployment
    if call.streamed:
        stream = await gateway.caller.open_stream(call, deployment, wire, settling.attempt)
        call.ttft_ms = call.elapsed_ms
        headers = {**settling.headers(), "content-type": "text/event-stream; charset=utf-8"}
        return Answer(200, headers, _stream(stream, settling))
    whole = await gateway.caller.fetch(call, deployment, wire, settling.attempt)
    consumed = (
        all_reserved(call, settling.reservation.reserved_usd)
        if whole.is_pending
        else settling.consumption(whole.usage, whole.output_bytes)
    )
    await gateway.books.make_sure(settling.settle(consumed, None))
    headers = {**settling.headers(), "content-type": "application/json"}
    if consumed.cost_usd is not None:
        headers["x-purser-cost-usd"] = format_usd(consumed.cost_usd)
    return Answer(200, headers, whole.body)


async def _stream(stream: OpenStream, settling: Settling) -> AsyncIterator[bytes]:
    """The relayed stream; its last bytes leave when the call is booked."""
    end = StreamEnd()
    call, gateway = settling.call, settling.gateway
    try:
        async for chunk in relay(stream, gateway.settings.upstream_chunk_timeout_seconds, end):
            yield chunk
    finally:
        entry = settling.settle_stream(stream, end)
        gateway.finish(stream.response.aclose())
    await gateway.books.make_sure(entry)
    if end.error_code is not None and not end.provider_told:
        yield error_event(call.endpoint, UpstreamFailed(end.error_code).describe(call.id))
    if ending := stream.reader.ending():
        yield ending
