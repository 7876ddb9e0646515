"""What every client dialect can do, whichever provider answers."""

from typing import Protocol

from dataplane.conversation.answer import Completion, Event
from dataplane.conversation.request import Conversation
from dataplane.request import GatewayRequest


class StreamWriter(Protocol):
    """Writes one stream, piece by piece, in the dialect's own events.

    Errors have their own way (`dataplane.envelopes`); `Failed` never comes here.
    """

    def write(self, event: Event) -> bytes:
        """What the client gets to see of an event; empty for nothing."""

    def ending(self) -> bytes:
        """Closes what is open and ends the stream: sent when the call is booked."""


class Dialect(Protocol):
    """How clients ask, and how they are answered."""

    def read(self, call: GatewayRequest) -> Conversation:
        """What the client asks for. Raises `InvalidRequest`, naming the field, for what is wrong
        and for what no other dialect could say."""

    def param(self, name: str) -> str:
        """What this dialect calls a field of `Conversation`; paths into the request stay."""

    def write(self, call: GatewayRequest, completion: Completion) -> bytes:
        """The body of a whole answer."""

    def stream(self, call: GatewayRequest) -> StreamWriter:
        """A writer for one stream."""
