"""Chunks of Gemini's (synthetic)."""

from typing import Any

from tests.fakes.upstream import Scripted, stream
from tests.integration.quirks.stage import datas

GEMINI = "gemini-3-flash-preview"
USAGE = {"promptTokenCount": 9, "candidatesTokenCount": 4, "totalTokenCount": 13}
Json = dict[str, Any]


def candidate(*parts: Json, **fields: Any) -> Json:
    return {"content": {"role": "model", "parts": list(parts)}, "index": 0, **fields}


def chunk(*candidates: Json, usage: Json | None = USAGE, **fields: Any) -> Json:
    said = {"modelVersion": GEMINI, "responseId": "r-1", **fields}
    return {"candidates": list(candidates), **({"usageMetadata": usage} if usage else {}), **said}


def said(words: str, usage: Json | None = USAGE, **fields: Any) -> Json:
    return chunk(candidate({"text": words}, **fields), usage=usage)


def crlf(*chunks: Json, **options: Any) -> Scripted:
    """As Google frames all of its streams: no names, no end but the end."""
    return stream(datas(chunks, line_end="\r\n"), **options)
