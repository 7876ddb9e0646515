"""What a request asks in words, apart from all around it: the one thing that may differ.

A request of a single turn has one: instructions, and one text of the user's, last. With tools or
earlier turns it hangs on more than its words; it has a question only where a key says so, and then
all of that must be the same. What ends in the result of a tool never has one.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from dataplane.request import Endpoint, GatewayRequest

QUESTION_CHARACTERS_MAX = 2_000
"""Longer texts are judged by the exact cache alone: who writes so much means every word."""
_INSTRUCTIONS = frozenset({"system", "developer"})
_WITH_TOOLS = ("tools", "functions", "mcp_servers", "web_search_options")
_NOTHING = (b"null", b"[]")
_TURNS = {
    Endpoint.CHAT_COMPLETIONS: "messages",
    Endpoint.MESSAGES: "messages",
    Endpoint.RESPONSES: "input",
}
_TEXTS = frozenset({"text", "input_text"})

_decode = msgspec.json.decode
_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Question:
    """The text, and the request's turns without it."""

    text: str
    field: str
    rest: msgspec.Raw


def question_of(call: GatewayRequest, *, takes_conversations: bool = False) -> Question | None:
    """None for a request that is more, or less, than one question. Never raises."""
    name = _TURNS.get(call.endpoint)
    if name is None or name not in call.fields:
        return None
    if not takes_conversations and _has_tools(call):
        return None
    try:
        turns = _decode(call.fields[name])
        found = (turns, "") if isinstance(turns, str) else _taken(turns, takes_conversations)
    except (msgspec.DecodeError, UnicodeError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    if found is None or not 0 < len(found[0].strip()) <= QUESTION_CHARACTERS_MAX:
        return None
    return Question(found[0], name, msgspec.Raw(_encode(found[1])))


def _has_tools(call: GatewayRequest) -> bool:
    return any(bytes(call.fields.get(name, b"null")) not in _NOTHING for name in _WITH_TOOLS)


def _taken(turns: list[Any], takes_conversations: bool) -> tuple[str, list[Any]] | None:
    *before, last = turns
    if last["role"] != "user":
        return None
    if not takes_conversations and any(turn["role"] not in _INSTRUCTIONS for turn in before):
        return None
    content = last["content"]
    if isinstance(content, str):
        return content, [*before, {**last, "content": ""}]
    texts = [place for place, part in enumerate(content) if part["type"] in _TEXTS]
    if len(texts) != 1:
        return None
    part = content[texts[0]]
    emptied = [{**each, "text": ""} if each is part else each for each in content]
    return part["text"], [*before, {**last, "content": emptied}]
