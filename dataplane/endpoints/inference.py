"""The endpoints that reach a provider: authenticate, read, answer, and record how it ended."""

import logging

from dataplane import pipeline
from dataplane.access import permissions
from dataplane.access.authentication import authenticate
from dataplane.answer import Answer
from dataplane.endpoints.http import (
    Receive,
    Scope,
    Send,
    headers_of,
    read_body,
    request_id_headers,
    send_error,
    send_stream,
    send_whole,
    until_disconnected,
)
from dataplane.errors import GatewayError, Unavailable
from dataplane.gateway import Gateway
from dataplane.metering.records import usage_record
from dataplane.presence import ClientLeft, Presence
from dataplane.request import Endpoint, GatewayRequest
from dataplane.settling import CLIENT_CLOSED_STATUS, CLIENT_LEFT

log = logging.getLogger(__name__)


async def serve(
    endpoint: Endpoint, gateway: Gateway, scope: Scope, receive: Receive, send: Send
) -> None:
    """One request from its headers to its last byte."""
    client = Presence(lambda: until_disconnected(receive))
    call = GatewayRequest.new(endpoint, headers_of(scope), client, gateway.clock.now())
    gateway.in_flight += 1
    try:
        await _answer_and_send(call, gateway, scope, receive, send)
    finally:
        gateway.in_flight -= 1
        call.alarm.off()
        client.forget()


async def _answer_and_send(
    call: GatewayRequest, gateway: Gateway, scope: Scope, receive: Receive, send: Send
) -> None:
    try:
        answer = await _answer(call, gateway, scope, receive)
    except GatewayError as error:
        await _refuse(call, gateway, send, error)
        return
    except ClientLeft:
        await _record(call, gateway, CLIENT_CLOSED_STATUS, CLIENT_LEFT)
        return
    except Exception:
        log.exception("request %s failed", call.id)
        await _refuse(call, gateway, send, GatewayError.internal())
        return
    headers = {**request_id_headers(call.id, call.endpoint), **answer.headers}
    keeps = gateway.content if call.key is not None and call.key.stores_content else None
    if isinstance(answer.body, bytes):
        if keeps is not None:
            keeps.keep_whole(call, answer.body)
        await send_whole(send, answer.status, headers, answer.body)
    else:
        chunks = answer.body if keeps is None else keeps.keep_stream(call, answer.body)
        await send_stream(send, call.client, headers, chunks, call.alarm)


async def _answer(call: GatewayRequest, gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
    """A stranger's body is not read, nor anyone's by a process that has its hands full."""
    if gateway.in_flight > gateway.settings.requests_in_flight_max:
        raise Unavailable.overloaded()
    call.key = key = await authenticate(call.headers, gateway.keys.find, call.at)
    gateway.networks.note(key.id, scope.get("client"), call.headers)
    permissions.require_not_paused(key, call.at)
    call.body = await read_body(
        call.headers,
        receive,
        call.alarm,
        bytes_max=gateway.settings.body_bytes_max,
        timeout_seconds=gateway.settings.body_timeout_seconds,
    )
    call.parse()
    return await pipeline.answer(call, key, gateway)


async def _refuse(call: GatewayRequest, gateway: Gateway, send: Send, error: GatewayError) -> None:
    gateway.telemetry.refused(error.code)
    gateway.repeats.refused(call, error)
    await _record(call, gateway, error.answered_status, error.code)
    await send_error(send, error, call.id, call.endpoint)


async def _record(call: GatewayRequest, gateway: Gateway, status: int, code: str) -> None:
    """Refusals are records, too. Nobody waits for a stranger's."""
    if call.is_booked:
        return
    record = usage_record(call, status=status, error_code=code)
    gateway.telemetry.answered(record)
    if call.key is not None:
        await gateway.books.make_sure(gateway.books.record(record))
    elif not gateway.books.is_full:
        gateway.books.record(record)
