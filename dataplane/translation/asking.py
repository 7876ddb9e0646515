"""What all translations share: how the provider's refusals are passed on."""

from typing import Protocol

from dataplane.providers.base import Reply, Splitter, StreamReader, UpstreamError
from dataplane.request import GatewayRequest
from dataplane.translation.refusing import refusal


class Refusing(Protocol):
    """A provider, as far as it says no."""

    def read_error(self, reply: Reply) -> UpstreamError: ...


class Asking:
    """A provider that is asked in its own dialect, for a client that speaks another."""

    def __init__(self, refusing: Refusing) -> None:
        self._refusing = refusing

    def refusal(self, reply: Reply, call: GatewayRequest, secrets: tuple[str, ...]) -> bytes:
        return refusal(self._refusing.read_error(reply), call, secrets)

    def retry_after_seconds(self, reply: Reply) -> float | None:
        return self._refusing.read_error(reply).retry_after_seconds


class AskingOnce(Asking):
    """What is answered in one piece alone."""

    def splitter(self, event_bytes_max: int) -> Splitter:
        raise AssertionError("this is never streamed")

    def read_stream(self, call: GatewayRequest) -> StreamReader:
        raise AssertionError("this is never streamed")
