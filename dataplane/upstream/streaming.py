"""Relaying a stream that has begun, event by event, until it ends, fails, stalls or is left."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from dataplane.failures import AttemptFailed, Failure
from dataplane.upstream.call import OpenStream

# A provider that has reported an error may still say what it bills.
AFTER_FAILURE_SECONDS = 2.0


@dataclass(slots=True)
class StreamEnd:
    """How a relayed stream ended: `failure` is None for a regular end."""

    failure: Failure | None = None
    told: bytes = b""
    """The provider's own words of it, as an event for the client; empty where there are none."""


async def relay(stream: OpenStream, chunk_seconds: float, end: StreamEnd) -> AsyncIterator[bytes]:
    """What the client gets to see, as it comes. Fills in `end`."""
    reader = stream.reader
    yield stream.head
    try:
        async for event in stream.deadline.each(stream.events, chunk_seconds):
            visible = reader.read(event)
            if reader.has_failed:
                if end.failure is None:
                    end.failure = Failure.STREAM_FAILED
                    stream.deadline.limit(AFTER_FAILURE_SECONDS)
                end.told = end.told or visible
            elif visible:
                yield visible
    except AttemptFailed as failed:
        if not reader.is_finished:
            end.failure = end.failure or failed.failure
        return
    if not reader.is_finished:
        end.failure = end.failure or Failure.TRUNCATED
