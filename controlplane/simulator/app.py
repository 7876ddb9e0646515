"""The simulator as an ASGI application: a body in, an endpoint's reply out."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from controlplane.simulator import chat_completions, completions, embeddings, models
from controlplane.simulator.replies import Endpoint, Json, Refused, Stream, Whole
from controlplane.simulator.wording import NOTICE

ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", "/"): lambda _: Whole({"notice": NOTICE}),
    ("GET", "/v1/models"): models.answer,
    ("POST", "/v1/chat/completions"): chat_completions.answer,
    ("POST", "/v1/completions"): completions.answer,
    ("POST", "/v1/embeddings"): embeddings.answer,
}
BODY_BYTES_MAX = 32 * 1024 * 1024
# Slow enough to be seen as a stream, fast enough not to be waited for.
EVENT_SECONDS = 0.005

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    try:
        reply = await _reply(scope, receive)
    except Refused as refused:
        reply = refused.reply
    if isinstance(reply, Stream):
        await _send_events(send, reply)
    else:
        await _send_whole(send, reply)


async def _reply(scope: Message, receive: Receive) -> Whole | Stream:
    endpoint = ROUTES.get((scope["method"], scope["path"]))
    if endpoint is None:
        raise Refused("there is nothing at this path.", status=404)
    return endpoint(await _read_json(receive) if scope["method"] == "POST" else {})


async def _read_json(receive: Receive) -> Json:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_BYTES_MAX:
            raise Refused("the body is too large.", status=413)
    try:
        request = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise Refused("the body is not JSON.", code="invalid_json") from error
    if not isinstance(request, dict):
        raise Refused("the body must be a JSON object.", code="invalid_json")
    return request


async def _send_whole(send: Send, reply: Whole) -> None:
    await _send_head(send, reply.status, b"application/json")
    await send({"type": "http.response.body", "body": msgspec.json.encode(reply.body)})


async def _send_events(send: Send, reply: Stream) -> None:
    await _send_head(send, 200, b"text/event-stream; charset=utf-8")
    for event in reply.events:
        await _send_event(send, msgspec.json.encode(event))
        await asyncio.sleep(EVENT_SECONDS)
    await _send_event(send, b"[DONE]")
    await send({"type": "http.response.body", "body": b""})


async def _send_head(send: Send, status: int, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"x-simulator", b"purser")]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _send_event(send: Send, data: bytes) -> None:
    body = b"data: " + data + b"\n\n"
    await send({"type": "http.response.body", "body": body, "more_body": True})
