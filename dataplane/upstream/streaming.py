"""Relaying a stream that has begun, event by event, until it ends, fails, stalls or is left."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from dataplane.upstream.call import OpenStream
from dataplane.upstream.client import AttemptFailed


@dataclass(slots=True)
class StreamEnd:
    """How a relayed stream ended: `error_code` is None for a regular end."""

    error_code: str | None = None
    provider_told: bool = False
    """The provider's own error event has been relayed, so none needs to be made."""


async def relay(stream: OpenStream, chunk_seconds: float, end: StreamEnd) -> AsyncIterator[bytes]:
    """What the client gets to see, as it comes. Fills in `end`."""
    reader = stream.reader
    yield stream.head
    try:
        async for event in stream.deadline.each(stream.events, chunk_seconds, chunk_seconds):
            visible = reader.read(event)
            if reader.has_failed and not end.provider_told:
                end.error_code = "upstream_failed"
                end.provider_told = bool(visible)
            if visible:
                yield visible
    except AttemptFailed as failure:
        if not reader.is_finished:
            end.error_code = failure.code
        return
    if not reader.is_finished and end.error_code is None:
        end.error_code = "upstream_failed"
