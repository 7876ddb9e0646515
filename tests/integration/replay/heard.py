"""What a client hears through the gateway, by the official SDK of its dialect."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anthropic
import openai

from tests.integration.replay.said import END, FILTERED, LENGTH, TOOLS, Said

MESSAGES: list[Any] = [{"role": "user", "content": "Hello"}]
OUTPUT_TOKENS_MAX = 2000
TIMEOUT_SECONDS = 30

CHAT_STOPS = {
    "stop": END,
    "length": LENGTH,
    "tool_calls": TOOLS,
    "content_filter": FILTERED,
}
MESSAGES_STOPS = {
    "end_turn": END,
    "stop_sequence": END,
    "pause_turn": END,
    "max_tokens": LENGTH,
    "tool_use": TOOLS,
    "refusal": FILTERED,
}
RESPONSES_STOPS = {None: END, "max_output_tokens": LENGTH, "content_filter": FILTERED}


@dataclass
class Heard:
    """An answer, the tokens that came with it (input, output), and its request id."""

    said: Said
    tokens: tuple[int, int] | None


def chat(url: str, secret: str, model: str, *, stream: bool) -> Heard:
    with openai.OpenAI(
        base_url=f"{url}/v1", api_key=secret, max_retries=0, timeout=TIMEOUT_SECONDS
    ) as client:
        return in_chat(client, model, stream=stream)


def in_chat(client: openai.OpenAI, model: str, *, stream: bool) -> Heard:
    if stream:
        return _chat_stream(client, model)
    answer = client.chat.completions.create(model=model, messages=MESSAGES)
    message, finish = answer.choices[0].message, answer.choices[0].finish_reason
    said = Said(_text(message.content), [], message.refusal or "", CHAT_STOPS.get(finish, END))
    for call in message.tool_calls or []:
        said.call(call.function.name, call.function.arguments)
    usage = answer.usage
    return Heard(said.settled(), (usage.prompt_tokens, usage.completion_tokens) if usage else None)


def _chat_stream(client: openai.OpenAI, model: str) -> Heard:
    said, tokens = Said(), None
    calls: dict[int, list[str]] = {}
    with client.chat.completions.create(
        model=model, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ) as chunks:
        for chunk in chunks:
            if chunk.usage is not None:
                tokens = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            for choice in chunk.choices:
                if choice.index == 0:
                    _chat_delta(choice, said, calls)
    for name, arguments in calls.values():
        said.call(name, arguments)
    return Heard(said.settled(), tokens)


def _chat_delta(choice: Any, said: Said, calls: dict[int, list[str]]) -> None:
    said.text += _text(choice.delta.content)
    said.refusal += choice.delta.refusal or ""
    for call in choice.delta.tool_calls or []:
        known = calls.setdefault(call.index, ["", ""])
        known[0] += call.function.name or ""
        known[1] += call.function.arguments or ""
    if choice.finish_reason:
        said.stop = CHAT_STOPS.get(choice.finish_reason, END)


def _text(content: Any) -> str:
    """Mistral's answers pass through with content in parts."""
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part["type"] == "text")
    return content or ""


def responses(url: str, secret: str, model: str, *, stream: bool) -> Heard:
    with openai.OpenAI(
        base_url=f"{url}/v1", api_key=secret, max_retries=0, timeout=TIMEOUT_SECONDS
    ) as client:
        return in_responses(client, model, stream=stream)


def in_responses(client: openai.OpenAI, model: str, *, stream: bool) -> Heard:
    if not stream:
        return _response(client.responses.create(model=model, input="Hello"))
    final, text = None, ""
    with client.responses.create(model=model, input="Hello", stream=True) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                text += event.delta
            elif event.type in ("response.completed", "response.incomplete"):
                final = event.response
    assert final is not None, "the stream has no end"
    heard = _response(final)
    assert text == heard.said.text, "the pieces are not the whole"
    return heard


def _response(response: Any) -> Heard:
    said = Said()
    for item in response.output:
        if item.type == "function_call":
            said.call(item.name, item.arguments)
        elif item.type == "message":
            for part in item.content:
                said.text += getattr(part, "text", "")
                said.refusal += getattr(part, "refusal", "")
    details = response.incomplete_details
    said.stop = RESPONSES_STOPS[details.reason if details else None]
    usage = response.usage
    return Heard(said.settled(), (usage.input_tokens, usage.output_tokens) if usage else None)


def messages(url: str, secret: str, model: str, *, stream: bool) -> Heard:
    with anthropic.Anthropic(
        base_url=url, api_key=secret, max_retries=0, timeout=TIMEOUT_SECONDS
    ) as client:
        return in_messages(client, model, stream=stream)


def in_messages(client: anthropic.Anthropic, model: str, *, stream: bool) -> Heard:
    asked: dict[str, Any] = {"model": model, "messages": MESSAGES, "max_tokens": OUTPUT_TOKENS_MAX}
    if not stream:
        return _message(client.messages.create(**asked))
    with client.messages.stream(**asked) as pieces:
        for _ in pieces:
            pass
        return _message(pieces.get_final_message())


def _message(message: Any) -> Heard:
    said = Said(stop=MESSAGES_STOPS[message.stop_reason])
    for block in message.content:
        if block.type == "text":
            said.text += block.text
        elif block.type == "tool_use":
            said.call(block.name, json.loads(json.dumps(block.input)))
    usage = message.usage
    cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    return Heard(said.settled(), (usage.input_tokens + cached, usage.output_tokens))


Client = Callable[..., Heard]
CLIENTS: dict[str, Client] = {"chat": chat, "responses": responses, "messages": messages}
