"""Instructions and turns, in OpenAI's messages."""

from collections.abc import Sequence
from typing import Any

from dataplane.conversation.parts import (
    Media,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import Conversation, Message
from dataplane.providers.base import Untranslatable
from dataplane.providers.openai_conversing.calls import NO_ARGUMENTS
from dataplane.providers.openai_conversing.manners import Manners
from dataplane.providers.openai_conversing.media import media_part
from dataplane.providers.openai_conversing.thoughts import detail_of

USER, ASSISTANT, SYSTEM = "user", "assistant", "system"
PARAGRAPH = "\n\n"
ERROR = "Error"
TEXT_ALONE = "results of tools can only be text there"
NOTHING_MADE = "answers of the model can only be text there"

Written = dict[str, Any]


class Turns:
    """Writes the messages of one conversation."""

    def __init__(self, asked: Conversation, manners: Manners) -> None:
        self._asked = asked
        self._manners = manners

    def write(self) -> list[Written]:
        """Raises `Untranslatable`."""
        messages = self._instructions(self._asked.instructions)
        for message in self._asked.messages:
            if message.role == ASSISTANT:
                messages.append(self._assistant(message))
            elif message.role == SYSTEM:
                texts = [part for part in message.parts if isinstance(part, Text)]
                messages += self._instructions(texts)
            else:
                messages += self._user(message)
        return messages

    def _instructions(self, texts: list[Text]) -> list[Written]:
        """One message, since chat templates of open models take no second one in a row."""
        if not texts:
            return []
        if self._keeps_marks(texts):
            return [{"role": SYSTEM, "content": [self._text(text) for text in texts]}]
        return [{"role": SYSTEM, "content": PARAGRAPH.join([text.text for text in texts])}]

    def _user(self, message: Message) -> list[Written]:
        """Results are messages of their own and come first, right behind the calls they answer."""
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        written = [self._result(result) for result in results]
        said = [part for part in message.parts if not isinstance(part, ToolResult)]
        if said:
            written.append({"role": USER, "content": self._content(said)})
        return written

    def _content(self, parts: Sequence[Part]) -> str | list[Written]:
        """A text alone is a string: not every server takes lists."""
        if len(parts) == 1 and isinstance(text := parts[0], Text) and not self._keeps_marks([text]):
            return text.text
        return [self._user_part(part) for part in parts]

    def _user_part(self, part: Part) -> Written:
        if isinstance(part, Text):
            return self._text(part)
        if isinstance(part, Media):
            return self._marked(media_part(part, self._manners), part)
        raise Untranslatable(part.path)

    def _text(self, text: Text) -> Written:
        return self._marked({"type": "text", "text": text.text}, text)

    def _marked(self, written: Written, part: Text | Media) -> Written:
        if part.cache is None or not self._keeps_marks([part]):
            return written
        ttl = {"ttl": part.cache.ttl} if part.cache.ttl else {}
        return {**written, "cache_control": {"type": "ephemeral", **ttl}}

    def _keeps_marks(self, parts: Sequence[Text | Media]) -> bool:
        """Whether there are cache marks that the server takes; others keep prompts unasked."""
        marked = [part for part in parts if part.cache is not None]
        if not self._manners.takes_cache_marks:
            for part in marked:
                self._asked.ignore(f"{part.path}.cache_control")
            return False
        return bool(marked)

    def _result(self, result: ToolResult) -> Written:
        """That a tool failed has no field; the model is told so in words."""
        for part in result.content:
            if not isinstance(part, Text):
                raise Untranslatable(part.path or result.path, TEXT_ALONE)
        text = "\n".join([part.text for part in result.content if isinstance(part, Text)])
        if result.is_error:
            text = f"{ERROR}: {text}" if text else ERROR
        call_id = self._manners.call_id(result.call_id)
        return {"role": "tool", "tool_call_id": call_id, "content": text}

    def _assistant(self, message: Message) -> Written:
        for part in message.parts:
            if isinstance(part, Media | ToolResult):
                raise Untranslatable(part.path, NOTHING_MADE)
        texts = [part.text for part in message.parts if isinstance(part, Text)]
        calls = [self._call(part) for part in message.parts if isinstance(part, ToolCall)]
        refusals = [part.text for part in message.parts if isinstance(part, Refusal)]
        if not self._manners.is_openai:  # only OpenAI has a field for them
            texts, refusals = texts + refusals, []
        written: Written = {"role": ASSISTANT, "content": "".join(texts) if texts else None}
        if refusals:
            written["refusal"] = "".join(refusals)
        if calls:
            written["tool_calls"] = calls
        thoughts = [part for part in message.parts if isinstance(part, Reasoning)]
        return {**written, **self._thoughts(thoughts, has_calls=bool(calls))}

    def _call(self, call: ToolCall) -> Written:
        written: Written = {
            "id": self._manners.call_id(call.id),
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments or NO_ARGUMENTS},
        }
        if call.signature is not None and self._manners.takes_signatures:
            written["extra_content"] = {"google": {"thought_signature": call.signature}}
        return written

    def _thoughts(self, thoughts: list[Reasoning], *, has_calls: bool) -> Written:
        """To servers that want them back. Others have no place for them, and think anew."""
        if self._manners.takes_reasoning_content:
            text = "".join([thought.text for thought in thoughts])
            return {"reasoning_content": text} if text or has_calls else {}
        details = []
        for index, thought in enumerate(thoughts):
            detail = detail_of(thought, index) if self._manners.takes_reasoning_details else None
            if detail is None:
                self._asked.ignore(thought.path)
            else:
                details.append(detail)
        return {"reasoning_details": details} if details else {}
