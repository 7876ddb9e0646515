"""POST …/models/{model}:generateContent, :streamGenerateContent and :countTokens."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from controlplane.simulator import conversation, fields
from controlplane.simulator.conversation import Asked, Said, signature
from controlplane.simulator.google.errors import MIDWAY
from controlplane.simulator.replies import Json, Refused, Reply, Request, Stream, Whole, encode
from controlplane.simulator.tools import NAMED, Tool, ToolCall, offered

CANDIDATES_MAX = 8
MEDIA = ("inlineData", "fileData")
MODES = {"ANY": "required", "NONE": "none"}


def answer(request: Request) -> Reply:
    body = request.body
    settings = fields.inner(body, "generationConfig")
    many = fields.whole_number(settings, "candidateCount", most=CANDIDATES_MAX) or 1
    said = conversation.answer(_read(body, settings, request.model or ""))
    shows = bool(fields.inner(settings, "thinkingConfig").get("includeThoughts"))
    if request.named["verb"] == "streamGenerateContent":
        if request.query.get("alt") != "sse":
            raise Refused("it streams with alt=sse alone.", param="alt")
        return Stream(_events(said, shows=shows), MIDWAY)
    candidates = [_candidate(_parts(said, shows=shows), index, said) for index in range(many)]
    return Whole(_envelope(said) | {"candidates": candidates, "usageMetadata": _usage(said, many)})


def count(request: Request) -> Whole:
    inner = request.body.get("generateContentRequest")
    body = inner if isinstance(inner, dict) else request.body
    total = _read(body, {}, request.model or "").input_tokens
    return Whole({"totalTokens": total})


def _read(body: Json, settings: Json, model: str) -> Asked:
    contents = fields.objects(fields.required(body, "contents", list))
    if not contents:
        raise Refused("contents is not specified.", param="contents")
    system = " ".join(fields.texts_of(fields.inner(body, "systemInstruction").get("parts")))
    thinking = fields.inner(settings, "thinkingConfig")
    return Asked(
        model=model,
        turns=[*([system] if system else []), *map(_turn, contents)],
        media=sum(_media(content.get("parts")) for content in contents),
        tools=[tool for each in fields.objects(body.get("tools")) for tool in _tools(each)],
        tool_choice=_choice(body),
        tokens_max=fields.whole_number(settings, "maxOutputTokens"),
        stop=fields.words(settings.get("stopSequences") or []),
        thinks=bool(thinking) and thinking.get("thinkingBudget") != 0,
        schema=_schema(settings),
    )


def _turn(content: Json) -> str:
    """What one says, what functions answered included."""
    texts = fields.texts_of(content.get("parts"))
    for part in fields.objects(content.get("parts")):
        if isinstance(result := part.get("functionResponse"), dict):
            texts.append(encode(result.get("response")).decode())
    return " ".join(texts)


def _media(parts: Any) -> int:
    return sum(any(kind in part for kind in MEDIA) for part in fields.objects(parts))


def _tools(tool: Json) -> Iterator[Tool]:
    for each in fields.objects(tool.get("functionDeclarations")):
        yield offered(each.get("name"), each.get("parametersJsonSchema") or each.get("parameters"))


def _choice(body: Json) -> str:
    config = fields.inner(body, "toolConfig", "functionCallingConfig")
    allowed = fields.words(config.get("allowedFunctionNames") or [])
    if config.get("mode") == "ANY" and len(allowed) == 1:
        return f"{NAMED}{allowed[0]}"
    return MODES.get(str(config.get("mode")), "auto")


def _schema(settings: Json) -> Any:
    if settings.get("responseMimeType") != "application/json":
        return None
    return settings.get("responseJsonSchema") or settings.get("responseSchema") or True


def _parts(said: Said, *, shows: bool) -> list[Json]:
    parts: list[Json] = []
    if said.thoughts and shows:
        parts.append({"text": said.thought, "thought": True})
    if said.words.tokens:
        parts.append({"text": said.words.text})
    return parts + [_call(call, said) for call in said.calls]


def _call(call: ToolCall, said: Said) -> Json:
    """Functions are called without an id, as Gemini does, and with the thoughts' proof."""
    part: Json = {"functionCall": {"name": call.name, "args": call.arguments}}
    return {**part, "thoughtSignature": signature(said.thought)} if said.thoughts else part


def _candidate(parts: list[Json], index: int, said: Said | None) -> Json:
    candidate: Json = {"content": {"parts": parts, "role": "model"}, "index": index}
    if said is not None:
        candidate["finishReason"] = "MAX_TOKENS" if said.stop == "length" else "STOP"
    return candidate


def _usage(said: Said, candidates: int = 1) -> Json:
    """Thoughts are counted apart from what was said."""
    thoughts = len(said.thoughts)
    spoken = (said.output_tokens - thoughts) * candidates
    usage = {
        "promptTokenCount": said.input_tokens,
        "candidatesTokenCount": spoken,
        "totalTokenCount": said.input_tokens + spoken + thoughts,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": said.input_tokens}],
    }
    return usage | ({"thoughtsTokenCount": thoughts} if thoughts else {})


def _envelope(said: Said) -> Json:
    return {"modelVersion": said.model, "responseId": uuid4().hex}


def _events(said: Said, *, shows: bool) -> Iterator[bytes]:
    """Usage is in every event; function calls come whole."""
    envelope = _envelope(said) | {"usageMetadata": _usage(said)}
    pieces: list[Json] = []
    if shows:
        pieces += ({"text": token, "thought": True} for token in said.thoughts)
    pieces += ({"text": token} for token in said.words.tokens)
    pieces += (_call(call, said) for call in said.calls)
    for number, part in enumerate(pieces, start=1):
        candidate = _candidate([part], 0, said if number == len(pieces) else None)
        yield b"data: " + encode(envelope | {"candidates": [candidate]}) + b"\r\n\r\n"
    if not pieces:
        yield b"data: " + encode(envelope | {"candidates": [_candidate([], 0, said)]}) + b"\r\n\r\n"
