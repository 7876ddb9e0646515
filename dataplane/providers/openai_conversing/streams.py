"""Streams: chunks of JSON in server-sent events, with all that servers add and leave out.

Usage may come in a chunk of its own, in the last one, in all of them (cumulative), or in `x_groq`;
errors as a chunk, as an event named `error`, as a field `error:` that servers made up, or beside
choices. What follows an error is not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from billing.usage.dialects import OPENAI
from dataplane.conversation.answer import (
    CitationDelta,
    Ended,
    Event,
    Failed,
    ReasoningDelta,
    RefusalDelta,
    Started,
    Stopped,
    TextDelta,
    UsageReported,
)
from dataplane.conversation.parts import Reasoning, Refusal, Text
from dataplane.providers import sse
from dataplane.providers.openai_conversing.answers import text_of
from dataplane.providers.openai_conversing.calls import CallsInPieces, read_pieces
from dataplane.providers.openai_conversing.forms import AnswerForm, ChoiceForm, Said
from dataplane.providers.openai_conversing.said import Words, read_citations, read_words
from dataplane.providers.openai_conversing.stops import gave_up, stop_of
from dataplane.providers.openai_errors import describe, read_description
from dataplane.providers.tolerance import Tolerant, Unreadable, tokens_reported

DONE = b"[DONE]"
NO_ANSWER = "The stream ended without an answer."
UNREADABLE = "The stream had an event that is no JSON."
GAVE_UP = "The provider gave up."

_decode = Tolerant(AnswerForm)


@dataclass(slots=True)
class _Choice:
    """How far one choice has come."""

    calls: CallsInPieces
    has_refused: bool = False
    is_stopped: bool = False


@dataclass(slots=True)
class ChatEventReader:
    """Reads one stream."""

    _choices: dict[int, _Choice] = field(default_factory=dict)
    _is_started: bool = False
    _has_failed: bool = False

    def read(self, raw: bytes) -> list[Event]:
        if self._has_failed:
            return []
        event = sse.parse(raw)
        if event.data == DONE:
            return list(self._end())
        if event.error or event.name == b"error":
            return [self._fail(read_description(event.error or event.data))]
        data = event.data.strip()
        if not data:
            return []
        try:
            return list(self._read_chunk(_decode(data)))
        except Unreadable:
            return [self._fail((UNREADABLE, None))]

    def _read_chunk(self, chunk: AnswerForm) -> Iterator[Event]:
        if chunk.choices and not self._is_started:
            self._is_started = True
            yield Started(text_of(chunk.id), text_of(chunk.model))
        for choice in chunk.choices or ():
            yield from self._read_choice(choice)
        if (usage := chunk.reported_usage) is not None:
            yield UsageReported(tokens_reported(OPENAI, usage), usage)
        if (error := chunk.first_error) is not None:
            yield self._fail(describe(error))

    def _read_choice(self, form: ChoiceForm) -> Iterator[Event]:
        index = form.index if isinstance(form.index, int) else 0
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _Choice(CallsInPieces(index))
        said = form.delta or Said()
        if said.is_text:
            if said.content:
                yield TextDelta(said.content, index)
        else:
            yield from _read_said(said, index, choice)
        if gave_up(form.finish_reason):
            yield self._fail((GAVE_UP, None))
        elif form.finish_reason:
            yield from self._stop(index, choice, form)

    def _stop(self, index: int, choice: _Choice, form: ChoiceForm) -> Iterator[Event]:
        """Once, though some servers say it twice (OpenRouter)."""
        if choice.is_stopped:
            return
        choice.is_stopped = True
        yield from choice.calls.end()
        stop = stop_of(
            form.finish_reason,
            has_calls=choice.calls.any_started,
            has_refused=choice.has_refused,
            sequence=form.stop_reason,
        )
        sequence = form.stop_reason if isinstance(form.stop_reason, str) else None
        yield Stopped(stop, sequence, choice=index)

    def _end(self) -> Iterator[Event]:
        """A choice whose end was not told has ended all the same."""
        if not self._choices:
            yield self._fail((NO_ANSWER, None))
            return
        for index, choice in self._choices.items():
            yield from self._stop(index, choice, ChoiceForm())
        yield Ended()

    def _fail(self, description: tuple[str, str | None]) -> Failed:
        self._has_failed = True
        return Failed(*description)


def _read_said(said: Said, index: int, choice: _Choice) -> Iterator[Event]:
    for words in read_words(said):
        choice.has_refused |= isinstance(words, Refusal)
        yield _delta(words, index)
    for citation in read_citations(said):
        yield CitationDelta(citation, index)
    for piece in read_pieces(said):
        yield from choice.calls.read(piece)


def _delta(words: Words, choice: int) -> TextDelta | ReasoningDelta | RefusalDelta:
    if isinstance(words, Text):
        return TextDelta(words.text, choice)
    if isinstance(words, Reasoning):
        return ReasoningDelta(words.text, words.signature, words.redacted, choice)
    return RefusalDelta(words.text, choice)
