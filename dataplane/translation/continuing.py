"""Streams that another deployment goes on with: the client sees one, written by one writer."""

from dataplane.conversation.answer import Event, Started, TextDelta
from dataplane.dialects.base import StreamWriter
from dataplane.providers.base import (
    EventReader,
    Reply,
    Splitter,
    StreamReader,
    UpstreamRequest,
    WholeAnswer,
    WireFormat,
)
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment
from dataplane.translation.transcript import Transcript
from dataplane.translation.translated import Translated, TranslatedStream

# The provider may run these, and number blocks of its own that events do not tell of.
BLOCKS = frozenset({"tools", "mcp_servers", "web_search_options"})


class _Delegating:
    """A wire format with streams of its own."""

    def __init__(self, wire: WireFormat) -> None:
        self._wire = wire

    async def request(self, call: GatewayRequest, deployment: Deployment) -> UpstreamRequest:
        return await self._wire.request(call, deployment)

    def splitter(self, event_bytes_max: int) -> Splitter:
        return self._wire.splitter(event_bytes_max)

    def read_answer(self, call: GatewayRequest, reply: Reply) -> WholeAnswer:
        return self._wire.read_answer(call, reply)

    def refusal(self, reply: Reply, call: GatewayRequest, secrets: tuple[str, ...]) -> bytes:
        return self._wire.refusal(reply, call, secrets)

    def retry_after_seconds(self, reply: Reply) -> float | None:
        return self._wire.retry_after_seconds(reply)


class Remembering(_Delegating):
    """Keeps what its streams say. `same` speaks the same to the provider, and can read it."""

    def __init__(self, wire: WireFormat, same: Translated | None) -> None:
        super().__init__(wire)
        self._same = same

    def read_stream(self, call: GatewayRequest) -> StreamReader:
        stream = self._wire.read_stream(call)
        if isinstance(stream, TranslatedStream):
            stream.transcript = Transcript()
        elif self._same is not None and BLOCKS.isdisjoint(call.fields):
            return PassedStream(stream, self._same.events(), self._same.writer(call))
        return stream


class PassedStream:
    """A stream whose bytes pass, read on the way; its writer could have written the same."""

    def __init__(self, stream: StreamReader, events: EventReader, writer: StreamWriter) -> None:
        self.transcript = Transcript()
        self._stream = stream
        self._events = events
        self._writer = writer
        self._look()

    def read(self, event: bytes) -> bytes:
        for each in self._events.read(event):
            self.transcript.take(each)
        visible = self._stream.read(event)
        self._look()
        return visible

    def ending(self) -> bytes:
        return self._stream.ending()

    def hand_over(self) -> StreamWriter:
        """The writer, at the place where the client is: as if it had written what was passed."""
        started = self.transcript.started
        self._writer.write(Started(started.id, started.model, started.tokens, is_passed=True))
        self._writer.write(TextDelta(self.transcript.text))
        return self._writer

    def _look(self) -> None:
        stream = self._stream
        self.has_content = stream.has_content
        self.is_finished = stream.is_finished
        self.has_failed = stream.has_failed
        self.usage = stream.usage
        self.output_bytes = stream.output_bytes


Continuable = TranslatedStream | PassedStream


class Continuing(_Delegating):
    """Asks for the rest of a stream, and writes it behind what the client has."""

    def __init__(self, wire: Translated, writer: StreamWriter, transcript: Transcript) -> None:
        super().__init__(wire)
        self._translated = wire
        self._writer = writer
        self._transcript = transcript
        self.blank = ""
        """White space that the client has, and the model was not shown."""

    def read_stream(self, call: GatewayRequest) -> StreamReader:
        stream = Continuation(self._translated.events(), self._writer, self.blank)
        stream.transcript = self._transcript
        return stream


class Continuation(TranslatedStream):
    """The rest of a stream."""

    def __init__(self, reader: EventReader, writer: StreamWriter, blank: str) -> None:
        super().__init__(reader, writer)
        self._blank = blank

    def _take(self, event: Event) -> bytes:
        if isinstance(event, Started):
            return b""
        if isinstance(event, TextDelta) and self._blank:
            event = TextDelta(self._without_blank(event.text), event.choice)
            if not event.text:
                return b""
        return super()._take(event)

    def _without_blank(self, text: str) -> str:
        """The model may begin with the white space that was kept from it, in any pieces."""
        same = 0
        while same < min(len(text), len(self._blank)) and text[same] == self._blank[same]:
            same += 1
        self._blank = self._blank[same:] if same == len(text) else ""
        return text[same:]
