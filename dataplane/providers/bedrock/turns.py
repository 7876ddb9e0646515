"""The turns of a conversation as Converse takes them: user and assistant, one after the other.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html. Turns of one role
in a row are one turn, empty texts are left out, and thoughts go back only to the models that want
them, with their proof.
"""

import re
from hashlib import sha256
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
from dataplane.providers.anthropic.models import abilities_of
from dataplane.providers.base import Untranslatable
from dataplane.providers.bedrock.families import Family
from dataplane.providers.bedrock.hints import CachePoints
from dataplane.providers.bedrock.media import MediaWriter

Block = dict[str, Any]

CALL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
IN_RESULTS = ("image", "document", "video")

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Turns:
    """Writes the turns of one conversation, for a model of a family."""

    def __init__(self, conversation: Conversation, family: Family, model: str) -> None:
        self._conversation = conversation
        self._cache_points = CachePoints(conversation, family)
        self._family = family
        self._model = model
        self._media = MediaWriter()
        self.uses_tools = False
        """Tools were called or answered in one of them."""

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
            raise Untranslatable("messages", "Bedrock needs a turn of the user")
        return turns

    def _blocks(self, message: Message) -> list[Block]:
        path = message.parts[0].path if message.parts else "messages"
        if message.role == "system" and not self._is_instructed_later():
            raise Untranslatable(path, "the model takes instructions before the first turn alone")
        blocks: list[Block] = []
        for part in message.parts:
            self._add(part, blocks)
        if not blocks and message.role == "user":
            raise Untranslatable(path, "Bedrock takes no empty turn of the user")
        return blocks

    def _add(self, part: Part, blocks: list[Block]) -> None:
        if isinstance(part, Text | Refusal):
            if part.text:
                blocks.append({"text": part.text})
        elif isinstance(part, ToolCall):
            blocks.append({"toolUse": self._tool_use(part)})
        elif isinstance(part, ToolResult):
            blocks.append({"toolResult": self._tool_result(part)})
        elif isinstance(part, Media):
            blocks.append(self._shown(part))
        elif isinstance(part, Reasoning) and (thoughts := self._thoughts(part)) is not None:
            blocks.append({"reasoningContent": thoughts})
        self._cache_points.add(_mark_in(part), blocks, "messages")

    def _shown(self, media: Media) -> Block:
        if media.detail not in (None, "auto"):
            self._conversation.ignore(f"{media.path}.detail")
        return self._media.block(media)

    def _tool_use(self, call: ToolCall) -> dict[str, Any]:
        """The arguments as the model wrote them, which Converse takes as an object alone."""
        self.uses_tools = True
        arguments = call.arguments.strip() or "{}"
        try:
            _decode_object(arguments)
            raw = msgspec.Raw(arguments.encode())
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            raise Untranslatable(call.path, "its arguments are no JSON object") from error
        return {"toolUseId": _call_id(call.id), "name": call.name, "input": raw}

    def _tool_result(self, result: ToolResult) -> dict[str, Any]:
        self.uses_tools = True
        content: list[Block] = []
        for part in result.content:
            if isinstance(part, Media):
                if part.kind not in IN_RESULTS:
                    raise Untranslatable(part.path, f"Bedrock takes no {part.kind} from a tool")
                content.append(self._shown(part))
            elif part.text:
                content.append(self._said_by_tool(part.text))
        status = {"status": "error"} if result.is_error else {}
        return {"toolUseId": _call_id(result.call_id), "content": content, **status}

    def _said_by_tool(self, text: str) -> Block:
        """Models of Mistral's take results as objects alone."""
        if self._family is not Family.MISTRAL:
            return {"text": text}
        try:
            _decode_object(text)
            return {"json": msgspec.Raw(text.encode())}
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return {"json": {"result": text}}

    def _thoughts(self, thoughts: Reasoning) -> dict[str, Any] | None:
        """Thoughts without a proof of Claude's are another's, and say nothing to Claude."""
        if self._family is Family.CLAUDE and thoughts.redacted is not None:
            return {"redactedContent": thoughts.redacted}
        signature = thoughts.signature
        if self._family is not Family.CLAUDE or signature is None or is_marked(signature):
            self._conversation.ignore(thoughts.path)
            return None
        return {"reasoningText": {"text": thoughts.text, "signature": signature}}

    def _is_instructed_later(self) -> bool:
        return self._family is Family.CLAUDE and abilities_of(self._model).is_instructed_later


def _mark_in(part: Part) -> CacheMark | None:
    """A mark inside a tool's result holds for all of it: there is no finer place."""
    if isinstance(part, Reasoning | Refusal):
        return None
    if part.cache is None and isinstance(part, ToolResult):
        return next((inner.cache for inner in part.content if inner.cache is not None), None)
    return part.cache


def _call_id(call_id: str) -> str:
    """Servers make up ids that are longer, or have other characters, than Converse takes."""
    if CALL_ID.fullmatch(call_id):
        return call_id
    return "call_" + sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
