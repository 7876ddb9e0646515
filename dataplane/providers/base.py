"""What every wire format can do, whichever provider speaks it."""

from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """One HTTP request to a provider. Headers may carry a credential, so it has no repr."""

    url: str
    headers: httpx.Headers
    body: bytes

    def __repr__(self) -> str:
        return "UpstreamRequest(…)"


class AnswerUnusable(Exception):
    """A 2xx answer that is none: no JSON, or an error inside."""


@dataclass(slots=True)
class WholeAnswer:
    """A provider's answer that came in one piece."""

    body: bytes
    usage: Any
    """The usage as reported, which may be anything; None where there was none."""
    output_bytes: int
    is_pending: bool = False
    """The provider goes on generating in the background and will bill what is not known yet."""


class StreamReader(Protocol):
    """Reads a provider's stream event by event and says what the client gets to see of it."""

    has_content: bool
    """Content, or a regular end without any, has arrived: from here on the client is answered."""
    is_finished: bool
    """The provider said that the answer is complete."""
    has_failed: bool
    """The provider reported an error inside the stream."""
    usage: Any
    """The usage last reported, which may be anything."""
    output_bytes: int
    """UTF-8 bytes of generated text seen so far, for an estimate where usage never comes."""

    def read(self, event: bytes) -> bytes:
        """Takes one raw SSE event; returns what to send to the client, empty to hide it."""

    def ending(self) -> bytes:
        """What is held back until the call is booked: the end marker, if the provider sent one."""

    def error_event(self, error: bytes) -> bytes:
        """An error in the middle of a stream, in the dialect's own form; `error` is its body."""


class WireFormat(Protocol):
    """How to call one kind of provider and how to read what it says."""

    def request(self, call: GatewayRequest, deployment: Deployment) -> UpstreamRequest: ...

    def read_answer(self, call: GatewayRequest, body: bytes) -> WholeAnswer:
        """Raises `AnswerUnusable`."""

    def read_stream(self, call: GatewayRequest) -> StreamReader: ...

    def refusal(self, body: bytes, request_id: str, secrets: tuple[str, ...]) -> bytes:
        """A provider's 4xx in the client's dialect, without our secrets in it."""
