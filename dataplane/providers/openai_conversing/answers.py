"""Whole answers."""

from typing import Any

from billing.usage.dialects import OPENAI
from dataplane.conversation.answer import Choice, Completion
from dataplane.conversation.parts import Part, Refusal, Text
from dataplane.providers.base import AnswerUnusable
from dataplane.providers.openai_conversing.calls import read_calls
from dataplane.providers.openai_conversing.forms import AnswerForm, ChoiceForm, Said
from dataplane.providers.openai_conversing.said import read_citations, read_words
from dataplane.providers.openai_conversing.stops import gave_up, stop_of
from dataplane.providers.tolerance import Tolerant, Unreadable, tokens_reported

_decode = Tolerant(AnswerForm)


def read_completion(body: bytes) -> Completion:
    """Keep-alive whitespace before it (OpenRouter) is none of it. Raises `AnswerUnusable`."""
    try:
        answer = _decode(body)
    except Unreadable as error:
        raise AnswerUnusable from error
    if not answer.choices or any(_failed(choice) for choice in answer.choices):
        raise AnswerUnusable
    usage = answer.reported_usage
    return Completion(
        id=text_of(answer.id),
        model=text_of(answer.model),
        choices=[_choice(choice) for choice in answer.choices],
        tokens=tokens_reported(OPENAI, usage),
        usage=usage,
    )


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _failed(choice: ChoiceForm) -> bool:
    return choice.error is not None or gave_up(choice.finish_reason)


def _choice(form: ChoiceForm) -> Choice:
    said = form.message or Said()
    words: list[Part] = [*read_words(said)]
    _cite(words, read_citations(said))
    calls = read_calls(said)
    stop = stop_of(
        form.finish_reason,
        has_calls=bool(calls),
        has_refused=any(isinstance(part, Refusal) for part in words),
        sequence=form.stop_reason,
    )
    sequence = form.stop_reason if isinstance(form.stop_reason, str) else None
    return Choice([*words, *calls], stop, sequence)


def _cite(words: list[Part], citations: list[dict[str, Any]]) -> None:
    """The last text carries them all: where they belong is seldom told (OpenRouter says 0 to 0)."""
    texts = [part for part in words if isinstance(part, Text)]
    if texts:
        texts[-1].citations = [*citations]
