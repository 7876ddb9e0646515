"""Answering as a fault has it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from controlplane.simulator.faults import fault as faults
from controlplane.simulator.faults.fault import Fault
from controlplane.simulator.replies import Reply, Stream, encode
from controlplane.simulator.wire import Wire

# Slow enough to be seen as a stream, fast enough not to be waited for.
EVENT_SECONDS = 0.005
HALF_A_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: applica"
# Neither JSON nor events nor frames nor UTF-8.
GARBAGE = bytes(range(255, 127, -1)) + b'{"x": \x00\n\ndata: {{{\r\n\r\n' + bytes(range(128))
SAYS_SO = {"x-simulator": "purser"}


async def deliver(wire: Wire, reply: Reply, fault: Fault | None = None) -> None:
    """Sends the reply, or what a fault makes of it."""
    if fault is None:
        await _all(wire, reply)
    else:
        await FAULTS.get(fault.kind, _broken_midway)(wire, reply, fault)


async def _all(wire: Wire, reply: Reply) -> None:
    await wire.head(*_head(reply))
    await _send(wire, reply, _pieces(reply))
    await wire.end()


async def _refuse(wire: Wire, reply: Reply, fault: Fault) -> None:
    await wire.reset()


async def _reset_mid_header(wire: Wire, reply: Reply, fault: Fault) -> None:
    await wire.raw(HALF_A_HEAD)
    await wire.reset()


async def _stall(wire: Wire, reply: Reply, fault: Fault) -> None:
    await wire.silence(fault.seconds)
    await _all(wire, reply)


async def _garbage(wire: Wire, reply: Reply, fault: Fault) -> None:
    status, headers = _head(reply)
    await wire.head(status, {**headers, "content-length": str(len(GARBAGE))})
    await wire.piece(GARBAGE)
    await wire.end()


async def _broken_midway(wire: Wire, reply: Reply, fault: Fault) -> None:
    """The first half arrives as it should."""
    pieces = list(_pieces(reply))
    half = len(pieces) // 2
    await wire.head(*_head(reply))
    await _send(wire, reply, pieces[:half])
    if fault.kind == faults.RESET:
        await wire.reset()
    elif fault.kind == faults.TRUNCATE:
        await wire.close()
    elif fault.kind == faults.ERROR_MID_STREAM and isinstance(reply, Stream):
        await wire.piece(reply.error)
        await wire.end()
    else:
        await wire.silence(fault.seconds)
        await _send(wire, reply, pieces[half:])
        await wire.end()


FAULTS: Mapping[str, Callable[[Wire, Reply, Fault], Awaitable[None]]] = {
    faults.REFUSE: _refuse,
    faults.RESET_MID_HEADER: _reset_mid_header,
    faults.STALL: _stall,
    faults.GARBAGE: _garbage,
}


def _head(reply: Reply) -> tuple[int, Mapping[str, str]]:
    if isinstance(reply, Stream):
        return 200, {"content-type": reply.content_type, **SAYS_SO}
    length = {"content-length": str(len(encode(reply.body)))}
    return reply.status, {"content-type": "application/json", **length, **reply.headers, **SAYS_SO}


def _pieces(reply: Reply) -> Iterable[bytes]:
    if isinstance(reply, Stream):
        return reply.pieces
    body = encode(reply.body)
    return [body[: len(body) // 2], body[len(body) // 2 :]]


async def _send(wire: Wire, reply: Reply, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        await wire.piece(piece)
        if isinstance(reply, Stream):
            await asyncio.sleep(EVENT_SECONDS)
