"""What stands inside items: text, images, files and sounds, by OpenAI's names for them."""

from collections.abc import Callable, Mapping
from typing import Any

from dataplane.conversation.parts import CacheMark, Part, Refusal, Text
from dataplane.dialects.faults import invalid
from dataplane.dialects.responses import media
from dataplane.dialects.responses.reading import (
    Object,
    listed,
    mapping,
    nothing_but,
    one_of,
    optional,
    required,
    text,
)

Reader = Callable[[Object, str, CacheMark | None], Part]
Readers = Mapping[str, Reader]

BREAKPOINT = "prompt_cache_breakpoint"
LIFETIMES = {"30m": "1h", "12h": "1h"}
"""The longest that is kept elsewhere: OpenAI's least lifetime is more than Anthropic's usual."""


def contents(value: Any, path: str, readers: Readers) -> list[Part]:
    """The parts of a turn: a string, or a list of typed parts. Empty texts say nothing."""
    if isinstance(value, str):
        return [Text(value, path)] if value else []
    found: list[Part] = []
    for index, part in enumerate(listed(value, path)):
        read = _content(mapping(part, f"{path}[{index}]"), f"{path}[{index}]", readers)
        if not isinstance(read, Text | Refusal) or read.text:
            found.append(read)
    return found


def _content(part: Object, path: str, readers: Readers) -> Part:
    kind = required(part, "type", path)
    if (reader := readers.get(kind)) is None:
        raise invalid(f"{path}.type", f"one of {', '.join(readers)}")
    return reader(part, path, _cache_mark(part.get(BREAKPOINT), f"{path}.{BREAKPOINT}"))


def _cache_mark(value: Any, path: str) -> CacheMark | None:
    if value is None:
        return None
    mark = mapping(value, path)
    nothing_but(mark, ("mode", "ttl"), path)
    one_of(mark.get("mode"), f"{path}.mode", ("explicit",))
    if (ttl := mark.get("ttl")) is None:
        return CacheMark()
    return CacheMark(LIFETIMES[one_of(ttl, f"{path}.ttl", LIFETIMES)])


def _input_text(part: Object, path: str, cache: CacheMark | None) -> Text:
    nothing_but(part, ("type", "text", BREAKPOINT), path)
    return Text(text(part.get("text"), f"{path}.text"), f"{path}.text", cache)


def _output_text(part: Object, path: str, cache: CacheMark | None) -> Text:
    """Annotations and log probabilities told the client something; the model knows them not."""
    nothing_but(part, ("type", "text", "annotations", "logprobs", BREAKPOINT), path)
    return Text(text(part.get("text"), f"{path}.text"), f"{path}.text", cache)


def _refusal(part: Object, path: str, cache: CacheMark | None) -> Refusal:
    nothing_but(part, ("type", "refusal"), path)
    return Refusal(text(part.get("refusal"), f"{path}.refusal"), f"{path}.refusal")


def _image(part: Object, path: str, cache: CacheMark | None) -> Part:
    nothing_but(part, ("type", "image_url", "file_id", "detail", BREAKPOINT), path)
    return media.image(part, path, cache)


def _file(part: Object, path: str, cache: CacheMark | None) -> Part:
    known = ("type", "file_data", "file_url", "file_id", "filename", "detail", BREAKPOINT)
    nothing_but(part, known, path)
    return media.file(part, path, cache)


def _audio(part: Object, path: str, cache: CacheMark | None) -> Part:
    nothing_but(part, ("type", "input_audio"), path)
    inner = mapping(part.get("input_audio"), f"{path}.input_audio")
    nothing_but(inner, ("data", "format"), f"{path}.input_audio")
    return media.audio(inner, f"{path}.input_audio")


def summaries(value: Any, path: str, kind: str) -> str:
    """The texts of a reasoning item's `summary` or `content`, in one."""
    if value is None:
        return ""
    texts: list[str] = []
    for index, part in enumerate(listed(value, path)):
        inner = mapping(part, f"{path}[{index}]")
        nothing_but(inner, ("type", "text"), f"{path}[{index}]")
        one_of(inner.get("type"), f"{path}[{index}].type", (kind,))
        texts.append(optional(inner, "text", f"{path}[{index}]") or "")
    return "\n\n".join(texts)


INSTRUCTION: Readers = {"input_text": _input_text}
USER: Readers = {
    "input_text": _input_text,
    "input_image": _image,
    "input_file": _file,
    "input_audio": _audio,
}
ASSISTANT: Readers = {
    "output_text": _output_text,
    "input_text": _input_text,
    "refusal": _refusal,
}
RESULT: Readers = {"input_text": _input_text, "input_image": _image, "input_file": _file}
