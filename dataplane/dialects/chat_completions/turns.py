"""Messages of every role, read into instructions and turns."""

from collections.abc import Callable

from dataplane.conversation.parts import Media, Part, Refusal, Text, ToolCall, ToolResult
from dataplane.conversation.request import Message
from dataplane.dialects.chat_completions.forms import (
    FunctionCall,
    MessageForm,
    ToolCallForm,
)
from dataplane.dialects.chat_completions.parts import Content, cache_mark, read_content
from dataplane.dialects.chat_completions.thoughts import read_thoughts
from dataplane.dialects.faults import invalid, missing, unsupported

USER, ASSISTANT, SYSTEM = "user", "assistant", "system"
INSTRUCTION_TYPES = frozenset({"text"})
USER_TYPES = frozenset({"text", "image_url", "video_url", "input_audio", "file"})
ASSISTANT_TYPES = frozenset({"text", "refusal"})
RESULT_TYPES = frozenset({"text", "image_url", "file"})

ONE_VOICE = "turns have no names there"


class Turns:
    """Reads messages one after another. Raises `InvalidRequest`."""

    def __init__(self) -> None:
        self.instructions: list[Text] = []
        self.messages: list[Message] = []
        self._called: dict[str, str] = {}
        """Names of the functions that were called, by the id of the call."""
        self._legacy_id = ""
        self._takes_results = False

    def read(self, forms: list[MessageForm]) -> None:
        if not forms:
            raise invalid("messages", "a list of at least one message")
        for place, form in enumerate(forms):
            path = f"messages[{place}]"
            if (reader := READERS.get(form.role)) is None:
                raise invalid(f"{path}.role", f"one of {', '.join(READERS)}")
            _check(form, path)
            reader(self, form, path)

    def read_instruction(self, form: MessageForm, path: str) -> None:
        """Above all turns; after the first, a turn of its own that not every model takes."""
        parts = _said(form, path, INSTRUCTION_TYPES)
        if not self.messages:
            self.instructions += [part for part in parts if isinstance(part, Text)]
        elif parts:
            self._add(SYSTEM, [*parts])

    def read_user(self, form: MessageForm, path: str) -> None:
        parts = _said(form, path, USER_TYPES)
        if not parts:
            raise invalid(f"{path}.content", "text or a list of parts, and not empty")
        self._add(USER, [*parts])

    def read_assistant(self, form: MessageForm, path: str) -> None:
        """A turn that says nothing (an answer that was cut while thinking) is left out."""
        if form.audio is not None:
            raise unsupported(f"{path}.audio")
        parts: list[Part] = [*read_thoughts(form, path), *_said(form, path, ASSISTANT_TYPES)]
        if form.refusal:
            parts.append(Refusal(form.refusal, f"{path}.refusal"))
        for place, called in enumerate(form.tool_calls or ()):
            parts.append(self._call(called, f"{path}.tool_calls[{place}]"))
        if form.function_call is not None:
            parts.append(self._legacy_call(form.function_call, f"{path}.function_call"))
        if parts:
            self._add(ASSISTANT, parts)

    def read_tool(self, form: MessageForm, path: str) -> None:
        if form.tool_call_id is None:
            raise missing(f"{path}.tool_call_id")
        if form.tool_call_id not in self._called:
            raise invalid(f"{path}.tool_call_id", "the id of a call in an earlier message")
        self._add_result(form.tool_call_id, form, path)

    def read_function(self, form: MessageForm, path: str) -> None:
        """The older form: it answers the last call, and has its name."""
        if form.name is None:
            raise missing(f"{path}.name")
        if self._called.get(self._legacy_id) != form.name:
            raise invalid(f"{path}.name", "the name of the function that was called last")
        self._add_result(self._legacy_id, form, path)

    def _call(self, form: ToolCallForm, path: str) -> ToolCall:
        if form.type != "function":
            raise unsupported(f"{path}.type", "only functions can be called there")
        if form.function is None:
            raise missing(f"{path}.function")
        google = form.extra_content.google if form.extra_content is not None else None
        signature = google.thought_signature if google is not None else None
        self._called[form.id] = form.function.name
        return ToolCall(form.id, form.function.name, form.function.arguments, signature, path)

    def _legacy_call(self, called: FunctionCall, path: str) -> ToolCall:
        """The older form has no id, so it gets one."""
        self._legacy_id = f"call_{len(self.messages)}"
        self._called[self._legacy_id] = called.name
        return ToolCall(self._legacy_id, called.name, called.arguments, path=path)

    def _add_result(self, call_id: str, form: MessageForm, path: str) -> None:
        """Results in a row are one turn: they answer the calls of one."""
        content = [
            part
            for part in read_content(form.content, f"{path}.content", RESULT_TYPES)
            if isinstance(part, Text | Media)
        ]
        result = ToolResult(call_id, content, self._called[call_id], path=path)
        result.cache = cache_mark(form.cache_control)
        if self._takes_results:
            self.messages[-1].parts.append(result)
        else:
            self._add(USER, [result])
            self._takes_results = True

    def _add(self, role: str, parts: list[Part]) -> None:
        self.messages.append(Message(role, parts))
        self._takes_results = False


def _check(form: MessageForm, path: str) -> None:
    """Fields that only other roles have."""
    if form.role != ASSISTANT and (form.tool_calls or form.function_call or form.refusal):
        name = "tool_calls" if form.tool_calls else "refusal" if form.refusal else "function_call"
        raise invalid(f"{path}.{name}", "left to messages of the assistant")
    if form.name and form.role not in ("tool", "function"):
        raise unsupported(f"{path}.name", ONE_VOICE)


def _said(form: MessageForm, path: str, types: frozenset[str]) -> list[Content]:
    """Its content; a cache mark on the message is one on its last part."""
    parts = read_content(form.content, f"{path}.content", types)
    if parts and form.cache_control is not None and not isinstance(last := parts[-1], Refusal):
        last.cache = cache_mark(form.cache_control)
    return parts


Reader = Callable[[Turns, MessageForm, str], None]
READERS: dict[str, Reader] = {
    SYSTEM: Turns.read_instruction,
    "developer": Turns.read_instruction,
    USER: Turns.read_user,
    ASSISTANT: Turns.read_assistant,
    "tool": Turns.read_tool,
    "function": Turns.read_function,
}
