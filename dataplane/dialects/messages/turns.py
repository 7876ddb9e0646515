"""Messages, read into turns. Every part knows the path that an error names it with."""

import base64
from collections.abc import Sequence

from dataplane.conversation.parts import (
    CacheMark,
    Media,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import Conversation, Message
from dataplane.dialects.faults import invalid, unsupported
from dataplane.dialects.messages.forms import (
    Base64Source,
    Block,
    CacheControl,
    ContentSource,
    DocumentForm,
    FileSource,
    ImageForm,
    MessageForm,
    RedactedBlock,
    TextForm,
    TextSource,
    ThinkingBlock,
    ToolResultForm,
    ToolUse,
    UrlSource,
)
from dataplane.dialects.messages.signed_calls import opened

USER, ASSISTANT, SYSTEM = "user", "assistant", "system"
PREFILLED = "the provider does not go on from an answer that is begun"
NOT_OF_ANTHROPIC = "the provider knows no calls but those of the client's own tools"


class Turns:
    """Reads messages one after another. Raises `InvalidRequest`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._called: dict[str, str] = {}
        """Names of the tools that were called, by the id of the call."""
        self._signatures: dict[str, str] = {}

    def read(self, forms: list[MessageForm]) -> None:
        if not forms:
            raise invalid("messages", "a list of at least one message")
        for place, form in enumerate(forms):
            self._read_message(form, f"messages[{place}]")
        if not self._conversation.messages:
            raise unsupported("messages", "there is no turn in it, only instructions")
        if self._conversation.messages[-1].role == ASSISTANT:
            raise unsupported(f"messages[{len(forms) - 1}]", PREFILLED)

    def _read_message(self, form: MessageForm, path: str) -> None:
        if isinstance(form.content, str):
            parts: list[Part] = [Text(form.content, f"{path}.content")] if form.content else []
        else:
            parts = self._parts(form.content, f"{path}.content")
        if form.role == SYSTEM:
            self._instruct(parts, path)
        elif parts:
            self._add(form.role, parts)
        elif form.role == USER:
            raise invalid(f"{path}.content", "text or a list of blocks, and not empty")

    def _instruct(self, parts: list[Part], path: str) -> None:
        texts = [part for part in parts if isinstance(part, Text)]
        if len(texts) != len(parts):
            raise invalid(f"{path}.content", "text, as all instructions are")
        if self._conversation.messages:
            self._add(SYSTEM, parts)
        else:
            self._conversation.instructions += texts

    def _add(self, role: str, parts: list[Part]) -> None:
        """Messages of one role in a row are one turn, as they are to Claude."""
        messages = self._conversation.messages
        if parts and messages and messages[-1].role == role:
            messages[-1].parts += parts
        elif parts:
            messages.append(Message(role, parts))

    def _parts(self, blocks: Sequence[Block], path: str) -> list[Part]:
        read = (self._part(block, f"{path}[{place}]") for place, block in enumerate(blocks))
        return [part for part in read if part is not None]

    def _part(self, block: Block, path: str) -> Part | None:
        """None for what says nothing: empty texts, and what belongs to another block."""
        if isinstance(block, TextForm):
            return text_of(block, path) if block.text else None
        if isinstance(block, ToolUse):
            return self._call(block, path)
        if isinstance(block, ToolResultForm):
            return self._result(block, path)
        if isinstance(block, ThinkingBlock):
            return Reasoning(block.thinking, block.signature or None, path=path)
        if isinstance(block, RedactedBlock):
            return self._redacted(block, path)
        return _media(block, path)

    def _redacted(self, block: RedactedBlock, path: str) -> Reasoning | None:
        """The signature of a call came as a block of its own, and goes back to its call."""
        if (signed := opened(block.data)) is not None:
            call_id, signature = signed
            self._signatures[call_id] = signature
            return None
        return Reasoning(redacted=block.data, path=path)

    def _call(self, block: ToolUse, path: str) -> ToolCall:
        if block.toolset_name is not None or block.caller not in (None, {"type": "direct"}):
            raise unsupported(path, NOT_OF_ANTHROPIC)
        arguments = bytes(block.input).decode()
        if not arguments.startswith("{"):
            raise invalid(f"{path}.input", "an object")
        self._called[block.id] = block.name
        signature = self._signatures.pop(block.id, None)
        call = ToolCall(block.id, block.name, arguments, signature, path)
        call.cache = cache_mark(block.cache_control)
        return call

    def _result(self, block: ToolResultForm, path: str) -> ToolResult:
        if block.toolset_name is not None:
            raise unsupported(path, NOT_OF_ANTHROPIC)
        if block.tool_use_id not in self._called:
            raise invalid(f"{path}.tool_use_id", "the id of a call in an earlier message")
        result = ToolResult(
            block.tool_use_id,
            _result_content(block, f"{path}.content"),
            self._called[block.tool_use_id],
            block.is_error is True,
            path,
        )
        result.cache = cache_mark(block.cache_control)
        return result


def text_of(form: TextForm, path: str) -> Text:
    return Text(form.text, path, cache_mark(form.cache_control), form.citations or [])


def cache_mark(control: CacheControl | None) -> CacheMark | None:
    return None if control is None else CacheMark(control.ttl)


def _result_content(block: ToolResultForm, path: str) -> list[Text | Media]:
    if not block.content:
        return []
    if isinstance(block.content, str):
        return [Text(block.content, path)]
    content: list[Text | Media] = []
    for place, inner in enumerate(block.content):
        here = f"{path}[{place}]"
        if isinstance(inner, TextForm):
            content += [text_of(inner, here)] if inner.text else []
        else:
            content.append(_media(inner, here))
    return content


def _media(form: ImageForm | DocumentForm, path: str) -> Media:
    return _image(form, path) if isinstance(form, ImageForm) else _document(form, path)


def _image(form: ImageForm, path: str) -> Media:
    if form.transformations:
        raise unsupported(f"{path}.transformations")
    image = _sourced("image", form.source, path)
    image.cache = cache_mark(form.cache_control)
    return image


def _document(form: DocumentForm, path: str) -> Media:
    if form.context:
        raise unsupported(f"{path}.context")
    if isinstance(form.source, ContentSource):
        document = _written(form.source.content, path)
    else:
        document = _sourced("document", form.source, path)
    document.name = form.title or None
    document.cites = form.citations is not None and form.citations.enabled is True
    document.cache = cache_mark(form.cache_control)
    return document


def _sourced(
    kind: str, source: Base64Source | UrlSource | FileSource | TextSource, path: str
) -> Media:
    if isinstance(source, Base64Source):
        return Media(kind, source.media_type, data=source.data, path=path)
    if isinstance(source, UrlSource):
        return Media(kind, None, url=source.url, path=path)
    if isinstance(source, FileSource):
        return Media(kind, None, file_id=source.file_id, path=path)
    data = base64.b64encode(source.data.encode()).decode()
    return Media(kind, source.media_type, data=data, path=path)


def _written(content: object, path: str) -> Media:
    """A document that was written here: one text, or blocks that only Claude could cite."""
    if not isinstance(content, str):
        raise unsupported(f"{path}.source", "documents of several blocks are Claude's alone")
    data = base64.b64encode(content.encode()).decode()
    return Media("document", "text/plain", data=data, path=path)
