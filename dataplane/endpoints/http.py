"""ASGI in and out: reading a bounded body, sending an answer, noticing that the client left."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from dataplane.alarm import Alarm
from dataplane.envelopes import error_body
from dataplane.errors import GatewayError, InvalidRequest, RequestTooLarge, UpstreamRefused
from dataplane.presence import ClientLeft, Presence
from dataplane.request import ANTHROPIC_ENDPOINTS, Endpoint

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SEND_TIMEOUT_SECONDS = 60.0


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """Request headers by lower-case name; of a repeated one, the last."""
    return dict(scope["headers"])


async def read_body(
    headers: Mapping[bytes, bytes],
    receive: Receive,
    alarm: Alarm,
    *,
    bytes_max: int,
    timeout_seconds: float,
) -> bytes:
    """The whole body. Raises `RequestTooLarge` as soon as that is known, `ClientLeft`."""
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > bytes_max:
        raise _too_large(bytes_max)
    parts: list[bytes] = []
    size = 0
    try:
        with alarm.within(timeout_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                part = message.get("body", b"")
                size += len(part)
                if size > bytes_max:
                    raise _too_large(bytes_max)
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError as error:
        raise InvalidRequest("body_timeout", "The request body took too long to arrive.") from error


def _too_large(bytes_max: int) -> RequestTooLarge:
    return RequestTooLarge(
        "request_too_large", f"The request body is larger than {bytes_max} bytes."
    )


async def send_whole(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    await send(_start(status, {**headers, "content-length": str(len(body))}))
    await send({"type": "http.response.body", "body": body})


def request_id_headers(request_id: str, endpoint: Endpoint | None) -> dict[str, str]:
    """Clients of Anthropic's look for a request's id under a name of their own."""
    if endpoint in ANTHROPIC_ENDPOINTS:
        return {"x-request-id": request_id, "request-id": request_id}
    return {"x-request-id": request_id}


async def send_error(
    send: Send, error: GatewayError, request_id: str, endpoint: Endpoint | None = None
) -> None:
    """In the envelope of the endpoint's dialect; OpenAI's where it is none of them."""
    headers = {"content-type": "application/json", **request_id_headers(request_id, endpoint)}
    headers.update(error.headers)
    if isinstance(error, UpstreamRefused):
        body = error.body
    else:
        body = error_body(endpoint, error.describe(request_id))
    await send_whole(send, error.answered_status, headers, body)


async def send_stream(
    send: Send,
    client: Presence,
    headers: Mapping[str, str],
    chunks: AsyncIterator[bytes],
    alarm: Alarm,
) -> None:
    """Sends the pieces as they come. Of what a client leaves, the rest is read: it is billed."""
    await send(_start(200, {**headers, "cache-control": "no-cache"}))
    async for chunk in chunks:
        if not client.is_gone:
            await _send_in_time(send, client, chunk, alarm)
    if not client.is_gone:
        await send({"type": "http.response.body", "body": b""})


async def _send_in_time(send: Send, client: Presence, chunk: bytes, alarm: Alarm) -> None:
    """A client that takes nothing for a minute counts as gone."""
    try:
        with alarm.within(SEND_TIMEOUT_SECONDS):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (TimeoutError, OSError):
        client.leave()


async def until_disconnected(receive: Receive) -> None:
    """Returns when the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        continue


def _start(status: int, headers: Mapping[str, str]) -> Message:
    return {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (name.encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in headers.items()
        ],
    }
