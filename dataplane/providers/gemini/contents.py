"""The turns of a conversation as Gemini takes them: `contents` of the roles user and model.

https://ai.google.dev/gemini-api/docs/function-calling and /thought-signatures: the results of calls
made at once stand together in one turn, each with its call's id and name, and a model that thinks
wants the proof of its thoughts back on the part that it came with.
"""

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
from dataplane.conversation.signatures import made_by
from dataplane.providers.base import Untranslatable
from dataplane.providers.gemini.media import media_part
from dataplane.providers.gemini.models import Abilities

Content = dict[str, Any]

USER, MODEL = "user", "model"
ROLES = {"user": USER, "assistant": MODEL}
# Google's own word for calls that the model did not make itself.
UNSIGNED = "skip_thought_signature_validator"
SIGNATURE = "thoughtSignature"
IN_RESULTS = ("image", "document")

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Contents:
    """Writes the turns of one conversation, for the `maker` of some of its thoughts."""

    def __init__(self, conversation: Conversation, abilities: Abilities, maker: str) -> None:
        self._conversation = conversation
        self._abilities = abilities
        self._maker = maker
        self._names: dict[str, str] = {}
        """Of the functions called so far, by the ids of their calls."""

    def write(self) -> list[Content]:
        """Raises `Untranslatable`. Gemini wants a turn, though instructions may say it all."""
        contents: list[Content] = []
        for message in self._conversation.messages:
            for role, parts in self._turns(message):
                if contents and contents[-1]["role"] == role and _go_together(contents[-1], parts):
                    contents[-1]["parts"] += parts
                elif parts:
                    contents.append({"role": role, "parts": parts})
        return contents or [{"role": USER, "parts": [{"text": ""}]}]

    def instructions(self) -> dict[str, Any]:
        """`systemInstruction`, if there is one."""
        parts = [self._text(text) for text in self._conversation.instructions if text.text]
        return {"systemInstruction": {"parts": parts}} if parts else {}

    def _turns(self, message: Message) -> list[tuple[str, list[Content]]]:
        """Of the role, and its parts: results come before whatever else the user says."""
        role = ROLES.get(message.role)
        if role is None:
            path = message.parts[0].path if message.parts else "messages"
            raise Untranslatable(path, "Gemini takes instructions before the first turn alone")
        if role == MODEL:
            return [(MODEL, self._said(message.parts))]
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        others = [part for part in message.parts if not isinstance(part, ToolResult)]
        said = [self._part(part) for part in others]
        beside = [] if self._abilities.reads_results else _media_of(results)
        return [
            (USER, [self._result(result) for result in results]),
            (USER, [*beside, *said]),
        ]

    def _said(self, parts: list[Part]) -> list[Content]:
        """A signature belongs to the part that follows the thoughts, or stands alone at the end."""
        written: list[Content] = []
        pending: str | None = None
        for part in parts:
            if not isinstance(part, Reasoning):
                written.append(self._part(part))
                if pending is not None:
                    written[-1].setdefault(SIGNATURE, pending)
                    pending = None
                continue
            if pending is not None:
                written.append({"text": "", SIGNATURE: pending})
            thoughts, pending = self._thoughts(part)
            written += thoughts
        if pending is not None:
            written.append({"text": "", SIGNATURE: pending})
        if self._abilities.wants_signatures:
            _sign(written)
        return written

    def _thoughts(self, part: Reasoning) -> tuple[list[Content], str | None]:
        """Without Gemini's signature they are no one's or another's, and say nothing to it."""
        if signature := made_by(thoughts_of(self._maker), part.signature):
            return [{"text": part.text, "thought": True, SIGNATURE: signature}], None
        signature = made_by(self._maker, part.signature)
        if signature is None:
            self._conversation.ignore(part.path or "reasoning")
        elif part.text:
            return [{"text": part.text, "thought": True}], signature
        return [], signature

    def _part(self, part: Part) -> Content:
        if isinstance(part, Text):
            return self._text(part)
        if isinstance(part, Refusal):
            return {"text": part.text}
        if isinstance(part, Media):
            self._note(part.cache, part.path)
            return media_part(part)
        if isinstance(part, ToolCall):
            return self._call(part)
        raise Untranslatable(part.path, "it does not belong into a turn of this role")

    def _text(self, text: Text) -> Content:
        self._note(text.cache, text.path)
        return {"text": text.text}

    def _call(self, call: ToolCall) -> Content:
        self._note(call.cache, call.path)
        self._names[call.id] = call.name
        arguments = call.arguments.strip() or "{}"
        try:
            _decode_object(arguments)
            raw = msgspec.Raw(arguments.encode())
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            raise Untranslatable(call.path, "its arguments are no JSON object") from error
        written = {"functionCall": {"id": call.id, "name": call.name, "args": raw}}
        return {**written, SIGNATURE: call.signature} if call.signature else written

    def _result(self, result: ToolResult) -> Content:
        """Text as `output`, or as `error`: the words that Gemini knows."""
        for noted in (result, *result.content):
            self._note(noted.cache, noted.path)
        name = result.name or self._names.get(result.call_id)
        if name is None:
            raise Untranslatable(result.path, "it answers no call of the conversation")
        words = "".join([part.text for part in result.content if isinstance(part, Text)])
        response = {"error" if result.is_error else "output": words}
        written: Content = {"id": result.call_id, "name": name, "response": response}
        if self._abilities.reads_results and (media := _media_of([result])):
            written["parts"] = media
        return {"functionResponse": written}

    def _note(self, cache: CacheMark | None, path: str) -> None:
        """Gemini keeps prompts in its cache unasked."""
        if cache is not None:
            self._conversation.ignore(f"{path}.cache_control")


def thoughts_of(maker: str) -> str:
    """Whose signature it is that came on the thoughts themselves, not on what followed them."""
    return f"{maker}-thoughts"


def _media_of(results: list[ToolResult]) -> list[Content]:
    found = [part for result in results for part in result.content if isinstance(part, Media)]
    for media in found:
        if media.kind not in IN_RESULTS:
            raise Untranslatable(media.path, f"Gemini takes no {media.kind} from a function")
    return [media_part(media) for media in found]


def _sign(parts: list[Content]) -> None:
    """The first of a turn's calls carries the proof of all; calls of other models have none."""
    first = next((part for part in parts if "functionCall" in part), None)
    if first is not None:
        first.setdefault(SIGNATURE, UNSIGNED)


def _go_together(turn: Content, parts: list[Content]) -> bool:
    """Results of calls stand by themselves, all of those in a row together."""
    are_results = [
        any("functionResponse" in part for part in some) for some in (turn["parts"], parts)
    ]
    return are_results[0] == are_results[1]
