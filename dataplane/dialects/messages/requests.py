"""A request's form, read into what is asked for."""

from dataplane.conversation.parts import CacheMark, Reasoning, Refusal, Text
from dataplane.conversation.request import Conversation, OutputFormat, Thinking
from dataplane.dialects.faults import missing, unsupported
from dataplane.dialects.messages.forms import (
    RequestForm,
    ThinkingAdaptive,
    ThinkingDisabled,
    ThinkingEnabled,
)
from dataplane.dialects.messages.tools import read_tools
from dataplane.dialects.messages.turns import Turns, cache_mark, text_of

EFFORT = "output_config.effort"


def read_request(form: RequestForm, *, is_count: bool) -> Conversation:
    """Raises `InvalidRequest`. Whoever only counts need not limit an answer."""
    if form.max_tokens is None and not is_count:
        raise missing("max_tokens")
    if form.stream and is_count:
        raise unsupported("stream", "a count comes in one piece")
    if form.speed == "fast":
        raise unsupported("speed", "the provider has one speed")
    asked = Conversation([])
    _read_instructions(form, asked)
    Turns(asked).read(form.messages)
    read_tools(form, asked)
    _read_output(form, asked)
    asked.thinking = _thinking(form, asked)
    asked.temperature, asked.top_p, asked.top_k = form.temperature, form.top_p, form.top_k
    asked.end_user = (form.metadata.user_id if form.metadata is not None else None) or None
    asked.service_tier = "default" if form.service_tier == "standard_only" else None
    if form.cache_control is not None:
        _mark_the_last(asked, cache_mark(form.cache_control))
    return asked


def _read_instructions(form: RequestForm, asked: Conversation) -> None:
    if isinstance(form.system, str):
        asked.instructions = [Text(form.system, "system")] if form.system else []
    elif form.system is not None:
        texts = [text_of(text, f"system[{place}]") for place, text in enumerate(form.system)]
        asked.instructions = [text for text in texts if text.text]


def _read_output(form: RequestForm, asked: Conversation) -> None:
    asked.max_output_tokens = form.max_tokens
    asked.stop = form.stop_sequences or []
    if form.output_config is not None and form.output_config.format is not None:
        asked.output = OutputFormat(form.output_config.format.schema, strict=True)


def _thinking(form: RequestForm, asked: Conversation) -> Thinking | None:
    """Effort is how hard Claude tries at everything, of which other providers know the thinking."""
    effort = form.output_config.effort if form.output_config is not None else None
    thinking = form.thinking
    if thinking is None:
        return None if effort is None else Thinking(effort=effort)
    if isinstance(thinking, ThinkingAdaptive):
        return Thinking(effort, adaptive=True, shown=thinking.display != "omitted")
    if effort is not None:
        asked.ignored.append(EFFORT)
    if isinstance(thinking, ThinkingDisabled):
        return Thinking(effort="none")
    return _budgeted(thinking)


def _budgeted(thinking: ThinkingEnabled) -> Thinking:
    return Thinking(tokens=thinking.budget_tokens, shown=thinking.display != "omitted")


def _mark_the_last(asked: Conversation, mark: CacheMark | None) -> None:
    """A mark for the whole request stands at the last part that can have one."""
    for part in reversed(asked.messages[-1].parts):
        if not isinstance(part, Reasoning | Refusal):
            part.cache = part.cache or mark
            return
