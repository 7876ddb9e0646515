"""A provider asked in its own dialect, for a client that speaks another."""

from dataplane.conversation.answer import CONTENT, Ended, Event, Failed, Stopped, UsageReported
from dataplane.dialects.base import Dialect, StreamWriter
from dataplane.errors import InvalidRequest
from dataplane.providers.base import (
    Conversing,
    EventReader,
    Reply,
    Splitter,
    StreamReader,
    Untranslatable,
    UpstreamRequest,
    WholeAnswer,
)
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment
from dataplane.translation.asking import Asking
from dataplane.translation.refusing import unsupported
from dataplane.translation.sizes import bytes_of
from dataplane.translation.transcript import Transcript


class Translated(Asking):
    """One pair of a client's dialect and a provider."""

    def __init__(self, dialect: Dialect, provider: Conversing) -> None:
        super().__init__(provider)
        self._dialect = dialect
        self._provider = provider

    async def request(self, call: GatewayRequest, deployment: Deployment) -> UpstreamRequest:
        conversation = self._dialect.read(call)
        try:
            request = await self._provider.request(conversation, call, deployment)
        except Untranslatable as error:
            raise unsupported(self._dialect, error, deployment) from error
        except RecursionError as error:  # a schema that was read just so, and cannot be written
            raise InvalidRequest("invalid_json", "The request is nested too deeply.") from error
        call.ignored = [self._dialect.param(name) for name in conversation.ignored]
        return request

    def splitter(self, event_bytes_max: int) -> Splitter:
        return self._provider.splitter(event_bytes_max)

    def read_answer(self, call: GatewayRequest, reply: Reply) -> WholeAnswer:
        completion = self._provider.read_answer(reply)
        output_bytes = sum(bytes_of(part) for each in completion.choices for part in each.parts)
        written = self._dialect.write(call, completion)
        return WholeAnswer(written, completion.usage, output_bytes)

    def read_stream(self, call: GatewayRequest) -> StreamReader:
        return TranslatedStream(self.events(), self.writer(call))

    def events(self) -> EventReader:
        """Of one stream of the provider's."""
        return self._provider.read_stream()

    def writer(self, call: GatewayRequest) -> StreamWriter:
        """Of one stream of the client's."""
        return self._dialect.stream(call)


class TranslatedStream:
    """A provider's stream, read into events and written in the client's dialect."""

    def __init__(self, reader: EventReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.has_content = False
        self.is_finished = False
        self.has_failed = False
        self.usage: object = None
        self.output_bytes = 0
        self.transcript: Transcript | None = None
        """What was said, where somebody may have to go on with it."""

    def read(self, raw: bytes) -> bytes:
        return b"".join([self._take(event) for event in self._reader.read(raw)])

    def hand_over(self) -> StreamWriter:
        """The writer, at the place where the client is."""
        return self._writer

    def ending(self) -> bytes:
        """Nothing behind an error, which ends a stream in every dialect."""
        return self._writer.ending() if self.is_finished and not self.has_failed else b""

    def _take(self, event: Event) -> bytes:
        if isinstance(event, Failed):
            self.has_failed = True
            return b""
        if isinstance(event, UsageReported):
            self.usage = event.usage
        self.is_finished |= isinstance(event, Stopped | Ended)
        self.has_content |= self.is_finished or isinstance(event, CONTENT)
        self.output_bytes += bytes_of(event)
        if self.transcript is not None:
            self.transcript.take(event)
        return self._writer.write(event)
