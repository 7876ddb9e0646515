"""The turns of a conversation as Claude takes them: user and assistant, one after the other.

Turns of one role in a row are one turn, empty texts are left out, and thoughts go back only with
the proof that Claude gave them.
"""

import re
from typing import Any

import msgspec

from dataplane.conversation.parts import (
    CacheMark,
    Media,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import Conversation, Message
from dataplane.conversation.signatures import is_marked
from dataplane.providers.anthropic.media import FILES_BETA, media_block
from dataplane.providers.base import Untranslatable

Block = dict[str, Any]

NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Turns:
    """Writes the turns of one conversation. `betas` are the features that they turn out to need."""

    def __init__(self, conversation: Conversation, *, is_instructed_later: bool) -> None:
        self._conversation = conversation
        self._is_instructed_later = is_instructed_later
        self.betas: set[bytes] = set()

    def write(self) -> list[dict[str, Any]]:
        """Raises `Untranslatable`."""
        turns: list[dict[str, Any]] = []
        for message in self._conversation.messages:
            blocks = self._blocks(message)
            if turns and turns[-1]["role"] == message.role:
                turns[-1]["content"] += blocks
            elif blocks:
                turns.append({"role": message.role, "content": blocks})
        if not turns:
            raise Untranslatable("messages", "Claude needs a turn of the user")
        return turns

    def _blocks(self, message: Message) -> list[Block]:
        if message.role == "system" and not self._is_instructed_later:
            path = message.parts[0].path if message.parts else "messages"
            raise Untranslatable(path, "the model takes instructions before the first turn alone")
        blocks = [block for part in message.parts if (block := self._block(part)) is not None]
        if not blocks and message.role == "user":
            path = message.parts[0].path if message.parts else "messages"
            raise Untranslatable(path, "Claude takes no empty turn of the user")
        return blocks

    def _block(self, part: Part) -> Block | None:
        if isinstance(part, Text):
            return text_block(part)
        if isinstance(part, ToolCall):
            return _tool_use(part)
        if isinstance(part, ToolResult):
            return self._tool_result(part)
        if isinstance(part, Media):
            return self._media(part)
        if isinstance(part, Reasoning):
            return self._thoughts(part)
        return _refusal(part)

    def _media(self, media: Media) -> Block:
        if media.file_id is not None:
            self.betas.add(FILES_BETA)
        if media.detail not in (None, "auto"):
            self._conversation.ignore(f"{media.path}.detail")
        return marked(media_block(media), media.cache)

    def _thoughts(self, thoughts: Reasoning) -> Block | None:
        """Thoughts without a proof, or with another provider's, say nothing to Claude."""
        proof = thoughts.signature if thoughts.redacted is None else thoughts.redacted
        if not proof or is_marked(proof):
            self._conversation.ignore(thoughts.path)
            return None
        if thoughts.redacted is not None:
            return {"type": "redacted_thinking", "data": proof}
        return {"type": "thinking", "thinking": thoughts.text, "signature": proof}

    def _tool_result(self, result: ToolResult) -> Block:
        block: Block = {"type": "tool_result", "tool_use_id": _id(result.call_id)}
        content = [inner for part in result.content if (inner := self._block(part)) is not None]
        if content:
            block["content"] = content
        if result.is_error:
            block["is_error"] = True
        return marked(block, result.cache)


def text_block(text: Text) -> Block | None:
    """None for an empty one, which Claude refuses and which says nothing."""
    return marked({"type": "text", "text": text.text}, text.cache) if text.text else None


def marked(block: Block, cache: CacheMark | None) -> Block:
    if cache is not None:
        lifetime = {"ttl": cache.ttl} if cache.ttl else {}
        block["cache_control"] = {"type": "ephemeral", **lifetime}
    return block


def _refusal(refusal: Refusal) -> Block | None:
    return {"type": "text", "text": refusal.text} if refusal.text else None


def _tool_use(call: ToolCall) -> Block:
    """The arguments as the model wrote them, which Claude takes as an object alone."""
    arguments = call.arguments.strip() or "{}"
    try:
        _decode_object(arguments)
        raw = msgspec.Raw(arguments.encode())
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise Untranslatable(call.path, "its arguments are no JSON object") from error
    block = {"type": "tool_use", "id": _id(call.id), "name": call.name, "input": raw}
    return marked(block, call.cache)


def _id(call_id: str) -> str:
    """Servers make up ids with other characters than Claude takes."""
    return NOT_IN_IDS.sub("_", call_id)
