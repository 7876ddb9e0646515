"""A request to `/v1/responses`, field by field. A field that is not listed here is refused."""

from collections.abc import Callable
from typing import Any

from dataplane.conversation.request import Conversation
from dataplane.dialects.faults import NAME_LENGTH_MAX, missing, unsupported
from dataplane.dialects.responses import settings
from dataplane.dialects.responses.items import read_input
from dataplane.dialects.responses.reading import (
    NO_STATE,
    count,
    decoded,
    flag,
    mapping,
    nothing_but,
    text,
)
from dataplane.dialects.responses.tools import read_tool_choice, read_tools
from dataplane.request import GatewayRequest

Reader = Callable[[Any, Conversation], None]


def read(call: GatewayRequest) -> Conversation:
    """What is asked for. Raises `InvalidRequest`, and `Unsupported` for what only OpenAI does."""
    given = {name: decoded(raw, name) for name, raw in call.fields.items()}
    asked = {name: value for name, value in given.items() if value is not None}
    for name in asked:
        if name not in READERS:
            raise unsupported(name[:NAME_LENGTH_MAX])
    if "input" not in asked and "prompt" not in asked:
        raise missing("input")
    conversation = Conversation([])
    for name, reader in READERS.items():
        if name in asked:
            reader(asked[name], conversation)
    return conversation


def _passes(value: Any, conversation: Conversation) -> None:
    """Read elsewhere, by the gateway itself."""


def _stored(name: str) -> Reader:
    def refuse(value: Any, conversation: Conversation) -> None:
        raise unsupported(name, NO_STATE)

    return refuse


def _hint(name: str) -> Reader:
    """A text that is for OpenAI's caches alone."""

    def ignore(value: Any, conversation: Conversation) -> None:
        text(value, name)
        conversation.ignored.append(name)

    return ignore


def _cache_options(value: Any, conversation: Conversation) -> None:
    asked = mapping(value, "prompt_cache_options")
    nothing_but(asked, ("mode", "ttl"), "prompt_cache_options")
    conversation.ignored.append("prompt_cache_options")


def _background(value: Any, conversation: Conversation) -> None:
    if flag(value, "background"):
        raise unsupported("background", "the provider answers while the client waits")


def _store(value: Any, conversation: Conversation) -> None:
    """A wish; the answer says that it was not granted."""
    if flag(value, "store"):
        conversation.ignored.append("store")


def _tool_calls_max(value: Any, conversation: Conversation) -> None:
    """A limit for tools that the provider runs, of which there are none."""
    count(value, "max_tool_calls", least=1)
    conversation.ignored.append("max_tool_calls")


READERS: dict[str, Reader] = {
    "model": _passes,
    "stream": _passes,
    "metadata": _passes,
    "previous_response_id": _stored("previous_response_id"),
    "conversation": _stored("conversation"),
    "prompt": _stored("prompt"),
    "background": _background,
    "instructions": settings.read_instructions,
    "input": read_input,
    "tools": read_tools,
    "tool_choice": read_tool_choice,
    "parallel_tool_calls": settings.read_parallel_tool_calls,
    "text": settings.read_text,
    "reasoning": settings.read_reasoning,
    "include": settings.read_include,
    "max_output_tokens": settings.read_max_output_tokens,
    "temperature": settings.read_temperature,
    "top_p": settings.read_top_p,
    "top_logprobs": settings.read_top_logprobs,
    "truncation": settings.read_truncation,
    "service_tier": settings.read_service_tier,
    "user": settings.read_user,
    "safety_identifier": settings.read_safety_identifier,
    "store": _store,
    "stream_options": settings.read_stream_options,
    "max_tool_calls": _tool_calls_max,
    "prompt_cache_key": _hint("prompt_cache_key"),
    "prompt_cache_retention": _hint("prompt_cache_retention"),
    "prompt_cache_options": _cache_options,
}
"""In the order in which they are read: a choice of tools needs to know the tools."""
