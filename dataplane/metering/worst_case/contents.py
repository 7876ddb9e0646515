"""What a request makes a provider read beyond the text it sends: images, audio, files, the past.

Text is bounded by its own bytes. What a provider fetches (URLs, ids of files, stored turns) or
unpacks (PDF, office files, video) has no size here. So only what is known to be text counts as
text; whatever else there is, today or in a later API, makes the request opaque, and then its
model's context window is the bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dataplane.metering.worst_case.fields import UNREADABLE, decode, is_given
from dataplane.request import Endpoint, GatewayRequest

# Where dialects keep what is said, and what stands for something that was said or stored before.
TURNS = ("messages", "input", "contents", "prompt")
STORED = frozenset(
    {"previous_response_id", "conversation", "cachedContent", "cached_content", "thread"}
)

# Kinds of items and parts that hold nothing but text, or parts that are looked at in turn.
TEXT_KINDS = frozenset(
    {
        *("message", "text", "input_text", "output_text", "refusal", "search_result"),
        *("thinking", "redacted_thinking", "reasoning", "reasoning_text", "summary_text"),
        *("function", "function_call", "function_call_output", "compaction"),
        *("custom_tool_call", "custom_tool_call_output", "tool_use", "tool_result"),
        *("server_tool_use", "mcp_tool_use", "mcp_tool_result", "advisor_tool_result"),
        *("web_search_tool_result", "web_search_result", "tool_search_tool_result"),
        *("code_execution_tool_result", "code_execution_result", "tool_reference"),
        *("bash_code_execution_tool_result", "text_editor_code_execution_tool_result"),
        *("mcp_list_tools", "mcp_approval_request", "mcp_approval_response"),
        *("local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output"),
        *("apply_patch_call", "apply_patch_call_output"),
        *("computer_call", "computer_call_output"),
    }
)
IMAGE_KINDS = ("image_url", "input_image", "image", "computer_screenshot")
# Parts without a kind (Bedrock's, Gemini's) and turns tell by name what else they hold as text.
TEXT_NAMES = frozenset(
    {
        *("tool_calls", "function_call", "functionCall", "functionResponse"),
        *("function_response", "toolUse", "reasoningContent", "reasoning_details"),
        *("cachePoint", "cache_control", "guardContent", "annotations"),
        *("executableCode", "codeExecutionResult"),
    }
)
GEMINI_MEDIA = ("inlineData", "inline_data", "fileData", "file_data")
NESTING = ("content", "parts", "output", "toolResult")
TEXT_DOCUMENTS = frozenset({"txt", "md", "csv", "html"})
AUDIO_FORMATS = frozenset({"wav", "mp3"})
DEPTH_MAX = 12
PLAIN_ENDPOINTS = (Endpoint.EMBEDDINGS, Endpoint.COMPLETIONS)
# A turn of a text and a role has nothing else to look at.
TURN_FIELDS_FLAT = 2


@dataclass(slots=True)
class Contents:
    """What was found. Bytes are those of the base64 that carries it, which is no text."""

    images: int = 0
    image_bytes: int = 0
    audio_bytes: int = 0
    is_opaque: bool = False

    @property
    def is_text(self) -> bool:
        return not (self.images or self.audio_bytes or self.is_opaque)


def read_contents(call: GatewayRequest) -> Contents:
    """What the request holds beside text."""
    found = Contents()
    fields = call.fields
    if not STORED.isdisjoint(fields):
        found.is_opaque = any(is_given(fields, name) for name in STORED)
    for name in TURNS:
        if name in fields:
            _read_turns(call.endpoint, fields[name], found)
    return found


def _read_turns(endpoint: Endpoint, raw: msgspec.Raw, found: Contents) -> None:
    """Each turn; most of them are texts in flat objects, passed over quickly."""
    if endpoint in PLAIN_ENDPOINTS and b"{" not in bytes(raw):
        return  # texts and numbers alone, of which there may be a hundred thousand
    try:
        turns = decode(raw)
    except UNREADABLE:
        found.is_opaque = True
        return
    for turn in turns if isinstance(turns, list) else [turns]:
        if type(turn) is not dict or "type" in turn or type(turn.get("content")) is not str:
            _look(turn, found, 1)
        elif len(turn) > TURN_FIELDS_FLAT:
            _look_by_name(turn, found, 1)


def _look(value: Any, found: Contents, depth: int) -> None:
    if depth > DEPTH_MAX:
        found.is_opaque = True
    elif isinstance(value, dict):
        if (kind := value.get("type")) is None:
            _look_by_name(value, found, depth)
        else:
            _look_by_kind(kind, value, found, depth)
    elif isinstance(value, list):
        for each in value:
            if not isinstance(each, str):
                _look(each, found, depth + 1)


def _look_by_kind(kind: Any, part: Mapping[str, Any], found: Contents, depth: int) -> None:
    """A part of OpenAI's or Anthropic's, which says what it is."""
    if kind in IMAGE_KINDS:
        _add_image(part, found)
    elif kind == "input_audio":
        _add_audio(part.get("input_audio"), found)
    elif kind in ("file", "input_file"):
        _add_file(part, found)
    elif kind == "document":
        _look_at_document(part.get("source"), found, depth)
    elif kind == "reasoning" and not (part.get("encrypted_content") or part.get("content")):
        found.is_opaque = True  # thoughts that the provider has stored, and reads by their id
    elif isinstance(kind, str) and kind in TEXT_KINDS:
        _look_inside(part, found, depth)
    else:
        found.is_opaque = True


def _look_by_name(part: Mapping[str, Any], found: Contents, depth: int) -> None:
    """A turn, or a part of Bedrock's or Gemini's, whose names say what it holds."""
    for name, inner in part.items():
        if not isinstance(inner, dict | list) or name in TEXT_NAMES:
            continue
        if name in NESTING:
            _look(inner, found, depth + 1)
        elif name == "image":
            _add_image(inner, found)
        elif name in GEMINI_MEDIA:
            _add_blob(inner, found)
        elif name == "document" and _is_text_document(inner):
            continue
        else:
            found.is_opaque = True


def _look_inside(part: Mapping[str, Any], found: Contents, depth: int) -> None:
    for name in NESTING:
        if name in part:
            _look(part[name], found, depth + 1)


def _look_at_document(source: Any, found: Contents, depth: int) -> None:
    """Anthropic's documents: text, parts, or a PDF that only its pages would bound."""
    kind = source.get("type") if isinstance(source, dict) else None
    if kind == "content":
        _look(source.get("content"), found, depth + 1)
    elif kind != "text":
        found.is_opaque = True


def _is_text_document(document: Any) -> bool:
    """Bedrock's documents in a format that is text as it stands, sent along."""
    source = document.get("source") if isinstance(document, dict) else None
    return (
        isinstance(source, dict)
        and source.keys() <= {"bytes", "text"}
        and document.get("format") in TEXT_DOCUMENTS
    )


def _add_image(part: Any, found: Contents) -> None:
    """An image, sent along or pointed at. What claims to be other data is no image."""
    data = _image_data(part)
    if not isinstance(part, dict) or (data.startswith("data:") and data[5:11] != "image/"):
        found.is_opaque = True
        return
    found.images += 1
    found.image_bytes += len(data)


def _image_data(part: Any) -> str:
    """What carries an image in any dialect: its base64 or its URL."""
    holder = part
    for name in ("image_url", "source"):
        if isinstance(holder, dict) and name in holder:
            holder = holder[name]
    if isinstance(holder, dict):
        holder = next((holder[name] for name in ("url", "data", "bytes") if name in holder), "")
    return holder if isinstance(holder, str) else ""


def _add_audio(audio: Any, found: Contents) -> None:
    data = audio.get("data") if isinstance(audio, dict) else None
    if isinstance(data, str) and audio.get("format") in AUDIO_FORMATS and ":" not in data[:16]:
        found.audio_bytes += len(data)
    else:
        found.is_opaque = True


def _add_file(part: Mapping[str, Any], found: Contents) -> None:
    """A file of text that was sent along is bounded by its base64."""
    file = part.get("file", part)
    data = file.get("file_data") if isinstance(file, dict) else None
    is_text = isinstance(data, str) and data.startswith("data:text/")
    if not is_text or not file.keys() <= {"type", "file_data", "filename"}:
        found.is_opaque = True


def _add_blob(blob: Any, found: Contents) -> None:
    """Gemini's media, sent along or pointed at."""
    given = blob if isinstance(blob, dict) else {}
    mime_type = str(given.get("mimeType", given.get("mime_type", "")))
    if mime_type.startswith("image/"):
        _add_image(blob, found)
    elif not (mime_type.startswith("text/") and "data" in given):
        found.is_opaque = True
