"""A stream of events: the response begins, its items come one by one, it is complete."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from billing.tokens import Tokens
from dataplane.conversation.answer import (
    CitationDelta,
    Event,
    ReasoningDelta,
    RefusalDelta,
    Started,
    Stop,
    Stopped,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    UsageReported,
)
from dataplane.dialects.responses.events import Events
from dataplane.dialects.responses.objects import (
    COMPLETED,
    ResponseObject,
    status_of_items,
    usage_of,
    words_of_refusal,
)
from dataplane.dialects.responses.open_items import Call, OpenItem, Thoughts, Words
from dataplane.dialects.responses.proofs import Proof

Running = TypeVar("Running", Words, Thoughts)


class ResponsesStream:
    """The `StreamWriter` of the dialect. Of several answers the first is written."""

    def __init__(self, response: ResponseObject) -> None:
        self._response = response
        self._events = Events()
        self._items: list[OpenItem] = []
        self._running: Words | Thoughts | None = None
        self._calls: dict[int, Call] = {}
        self._model = ""
        self._has_begun = self._has_refused = False
        self._stop = Stop.END
        self._tokens: Tokens | None = None
        self._writers: Mapping[type[Any], Callable[[Any], bytes]] = {
            Started: self._begin,
            TextDelta: self._text,
            RefusalDelta: self._refusal,
            ReasoningDelta: self._thought,
            CitationDelta: self._citation,
            ToolCallStarted: self._call,
            ToolCallDelta: self._arguments,
            Stopped: self._stopped,
            UsageReported: self._usage,
        }

    def write(self, event: Event) -> bytes:
        if getattr(event, "choice", 0) or (writer := self._writers.get(type(event))) is None:
            return b""
        if self._has_begun:
            return writer(event)
        begun = self._begin(event if isinstance(event, Started) else Started("", ""))
        return begun + writer(event)

    def ending(self) -> bytes:
        begun = b"" if self._has_begun else self._begin(Started("", ""))
        closing = begun + self._close_all(COMPLETED)
        output = [item.object for item in self._items]
        usage = usage_of(self._tokens) if self._tokens is not None else None
        response = self._response.ended(self._model, output, self._stop, usage)
        return closing + self._events.event(f"response.{response['status']}", response=response)

    def _begin(self, event: Started) -> bytes:
        """A fallback that goes on with a stream starts anew; the client's has begun already."""
        if self._has_begun:
            return b""
        self._has_begun = True
        self._model = event.model
        response = self._response.begun(event.model)
        return self._events.event("response.created", response=response) + self._events.event(
            "response.in_progress", response=response
        )

    def _text(self, event: TextDelta) -> bytes:
        if not event.text:
            return b""
        opening, words = self._run(Words)
        return opening + words.text(event.text)

    def _refusal(self, event: RefusalDelta) -> bytes:
        if not event.text:
            return b""
        self._has_refused = True
        opening, words = self._run(Words)
        return opening + words.refusal(event.text)

    def _citation(self, event: CitationDelta) -> bytes:
        opening, words = self._run(Words)
        return opening + words.cite(event.citation)

    def _thought(self, event: ReasoningDelta) -> bytes:
        if event.redacted is not None:
            return self._carry(Proof(redacted=event.redacted))
        if not event.text and event.signature is None:
            return b""
        written, thoughts = self._run(Thoughts)
        if event.text:
            written += thoughts.text(event.text)
        if event.signature is not None:
            thoughts.proof = Proof(signature=event.signature)
            written += self._close_running(COMPLETED)
        return written

    def _carry(self, proof: Proof) -> bytes:
        """An item of its own, for what has no words."""
        closing = self._close_running(COMPLETED)
        opening, thoughts = self._run(Thoughts)
        thoughts.proof = proof
        return closing + opening + self._close_running(COMPLETED)

    def _call(self, event: ToolCallStarted) -> bytes:
        """Calls stay open to the end, since they may be interleaved."""
        carried = self._carry(Proof(calls={event.id: event.signature})) if event.signature else b""
        closing = self._close_running(COMPLETED)
        call = Call(self._events, self._response.ids, len(self._items), event.id, event.name)
        self._calls[event.index] = call
        self._items.append(call)
        return carried + closing + call.opening()

    def _arguments(self, event: ToolCallDelta) -> bytes:
        call = self._calls.get(event.index)
        return call.arguments(event.arguments) if call and event.arguments else b""

    def _usage(self, event: UsageReported) -> bytes:
        self._tokens = event.tokens
        return b""

    def _stopped(self, event: Stopped) -> bytes:
        self._stop = event.stop
        refusing = b""
        if event.stop is Stop.REFUSAL and not self._has_refused:
            refusing = self._refusal(RefusalDelta(words_of_refusal(event.details)))
        return refusing + self._close_all(status_of_items(event.stop))

    def _run(self, kind: type[Running]) -> tuple[bytes, Running]:
        """The item of this kind that is being written, or a new one."""
        if isinstance(self._running, kind):
            return b"", self._running
        closing = self._close_running(COMPLETED)
        item = kind(self._events, self._response.ids, len(self._items))
        self._running = item
        self._items.append(item)
        return closing + item.opening(), item

    def _close_running(self, status: str) -> bytes:
        running, self._running = self._running, None
        return running.closing(status) if running else b""

    def _close_all(self, last: str) -> bytes:
        """Items that are still open; the last of all has the status of the answer."""
        self._running = None
        return b"".join(
            [
                item.closing(last if item is self._items[-1] else COMPLETED)
                for item in self._items
                if item.is_open
            ]
        )
