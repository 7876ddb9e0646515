"""Clients of three dialects, each with its official SDK, and what they make of an answer."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anthropic
import openai

Calls = list[tuple[str, Any]]
QUESTION = "Hello"
TURN: list[Any] = [{"role": "user", "content": QUESTION}]
CHAT_ENDS = {"content_filter": "filtered"}
MESSAGES_ENDS = {
    "end_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "refusal": "filtered",
}
RESPONSES_ENDS = {"max_output_tokens": "length", "content_filter": "filtered"}


@dataclass
class Said:
    """What an answer says, whatever dialect it is in."""

    text: str = ""
    calls: Calls = field(default_factory=list)
    finish: str | None = None
    tokens: tuple[int, int] = (0, 0)


@dataclass
class Clients:
    """The SDKs, all with one key."""

    chat: openai.OpenAI
    messages: anthropic.Anthropic


@contextmanager
def clients(url: str, secret: str) -> Iterator[Clients]:
    with (
        openai.OpenAI(base_url=f"{url}/v1", api_key=secret, max_retries=0) as chat,
        anthropic.Anthropic(base_url=url, api_key=secret, max_retries=0) as messages,
    ):
        yield Clients(chat, messages)


def in_chat(asking: Clients, model: str, *, streamed: bool) -> Said:
    if streamed:
        return _chat_in_pieces(asking.chat, model)
    answer = asking.chat.chat.completions.create(model=model, messages=TURN)
    choice, usage = answer.choices[0], answer.usage
    assert usage is not None
    calls = [
        (call.function.name, json.loads(call.function.arguments))
        for call in choice.message.tool_calls or []
    ]
    finish = CHAT_ENDS.get(choice.finish_reason, choice.finish_reason)
    tokens = (usage.prompt_tokens, usage.completion_tokens)
    return Said(choice.message.content or "", calls, finish, tokens)


def _chat_in_pieces(client: openai.OpenAI, model: str) -> Said:
    said = Said()
    calls: dict[int, list[str]] = {}
    options: Any = {"stream": True, "stream_options": {"include_usage": True}}
    with client.chat.completions.create(model=model, messages=TURN, **options) as chunks:
        for chunk in chunks:
            if chunk.usage is not None:
                said.tokens = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            for choice in chunk.choices:
                said.text += choice.delta.content or ""
                said.finish = choice.finish_reason or said.finish
                for call in choice.delta.tool_calls or []:
                    known = calls.setdefault(call.index, ["", ""])
                    known[0] += call.function.name or ""
                    known[1] += call.function.arguments or ""
    said.calls = [(name, json.loads(arguments)) for name, arguments in calls.values()]
    said.finish = CHAT_ENDS.get(said.finish or "", said.finish)
    return said


def in_messages(asking: Clients, model: str, *, streamed: bool) -> Said:
    asked: Any = {"model": model, "max_tokens": 1_000, "messages": TURN}
    if streamed:
        with asking.messages.messages.stream(**asked) as stream:
            message = stream.get_final_message()
    else:
        message = asking.messages.messages.create(**asked)
    usage = message.usage
    read = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    return Said(
        "".join([block.text for block in message.content if block.type == "text"]),
        [(block.name, block.input) for block in message.content if block.type == "tool_use"],
        MESSAGES_ENDS[message.stop_reason or ""],
        (usage.input_tokens + read, usage.output_tokens),
    )


def in_responses(asking: Clients, model: str, *, streamed: bool) -> Said:
    asked: Any = {"model": model, "input": QUESTION, "store": False}
    if streamed:
        with asking.chat.responses.stream(**asked) as stream:
            response = stream.get_final_response()
    else:
        response = asking.chat.responses.create(**asked)
    calls = [
        (item.name, json.loads(item.arguments))
        for item in response.output
        if item.type == "function_call"
    ]
    assert response.usage is not None
    tokens = (response.usage.input_tokens, response.usage.output_tokens)
    return Said(response.output_text, calls, _end_of(response, calls), tokens)


def _end_of(response: Any, calls: Calls) -> str:
    if response.status == "incomplete":
        return RESPONSES_ENDS[response.incomplete_details.reason]
    assert response.status == "completed"
    return "tool_calls" if calls else "stop"


Asking = Callable[..., Said]
DIALECTS: dict[str, Asking] = {
    "chat": in_chat,
    "messages": in_messages,
    "responses": in_responses,
}
