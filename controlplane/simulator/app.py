"""The simulator as an ASGI application: a request in, its endpoint's answer out, or a fault."""

import re
from urllib.parse import parse_qsl

import msgspec

from controlplane.simulator import routes
from controlplane.simulator.faults import control, fault
from controlplane.simulator.faults.acting import deliver
from controlplane.simulator.faults.book import Book
from controlplane.simulator.faults.fault import Fault
from controlplane.simulator.openai import errors
from controlplane.simulator.replies import Json, Refused, Reply, Request, Whole
from controlplane.simulator.routes import Found
from controlplane.simulator.wire import Message, Receive, Send, Wire

BODY_BYTES_MAX = 32 * 1024 * 1024
FAULTS = re.compile(r"/simulator/faults(?:/(?P<id>[^/]+))?")
FAULT_HEADER = b"x-simulator-fault"

book = Book()
_control = control.endpoints(book, tuple(routes.DIALECTS))


async def app(scope: Message, receive: Receive, send: Send) -> None:
    headers = dict(scope["headers"])
    if (match := FAULTS.fullmatch(scope["path"])) is not None:
        found = _controlling(scope["method"], match)
    else:
        is_anthropics = b"anthropic-version" in headers
        found = routes.find(scope["method"], scope["path"], is_anthropics=is_anthropics)
    wire = Wire(scope, receive, send)
    if found is None:
        await deliver(wire, errors.refuse(Refused("there is nothing at this path.", status=404)))
        return
    header = headers.get(FAULT_HEADER, b"").decode("latin-1")
    await deliver(wire, *await _answer(found, scope, receive, header))


def _controlling(method: str, match: re.Match[str]) -> Found | None:
    endpoint = _control.get(method)
    named = {name: value for name, value in match.groupdict().items() if value}
    return None if endpoint is None else Found(endpoint, named, "", errors.refuse)


async def _answer(
    found: Found, scope: Message, receive: Receive, header: str
) -> tuple[Reply, Fault | None]:
    """What is answered, and what becomes of it."""
    met: Fault | None = None
    try:
        body = await _read_json(receive) if scope["method"] == "POST" else {}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        request = Request(body, found.named, query)
        met = _fault(found, scope["path"], request.model, header)
        if met is not None and met.kind == fault.STATUS:
            return found.refuse(_scripted(met)), None
        reply = found.endpoint(request)
    except Refused as refused:
        return found.refuse(refused), met
    if met is not None and met.kind == fault.ERROR_MID_STREAM and isinstance(reply, Whole):
        return found.refuse(_scripted(Fault(fault.STATUS, status=500))), None
    return reply, met


def _fault(found: Found, path: str, model: str | None, header: str) -> Fault | None:
    """By the model's name, by the header, or by a rule, in this order."""
    if not found.dialect:
        return None
    by_name = fault.from_name(model or "") or fault.from_name(header)
    return by_name or book.find(found.dialect, path, model)


def _scripted(met: Fault) -> Refused:
    message = f"it fails with {met.status}, as scripted."
    return Refused(message, status=met.status, retry_after=met.retry_after)


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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("the body is not JSON.", code="invalid_json") from error
    if not isinstance(request, dict):
        raise Refused("the body must be a JSON object.", code="invalid_json")
    return request
