"""What servers say when they refuse, in every shape that was seen.

`{"error": {message, type, code}}` (OpenAI, Azure, Groq), with `metadata.raw` (OpenRouter) or in a
list (Gemini's endpoint for OpenAI's dialect); `{"error": "…", "code": "…"}` (xAI); `{"message": …}`
and `{"detail": …}`, each a text or a list of faults (Mistral, Voyage, servers made with FastAPI).
A wrong key is a 400 at some (xAI, Gemini's endpoint), told apart by what is said.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from dataplane.providers.base import Reply, UpstreamError
from dataplane.providers.retry_after import retry_after_seconds

MESSAGE_LENGTH_MAX = 2_000
DEPTH_MAX = 4

# Gemini names the time in its message alone, OpenAI and Groq there, too.
_RETRY = re.compile(r"(?:retry|try again) in (\d{1,6}(?:\.\d{1,9})?)(ms|s)\b", re.IGNORECASE)

KEY_CODE = "invalid_api_key"
KEY_WORDS = ("incorrect api key", "invalid api key", "api key not valid", "api key expired")

Description = tuple[str, str | None]
"""What is said, and the server's name for it."""


def read_error(reply: Reply) -> UpstreamError:
    """Of a body of any shape; a page of HTML says nothing."""
    message, kind = read_description(reply.body)
    seconds = retry_after_seconds(reply.headers)
    if seconds is None:
        seconds = _seconds_in(message)
    is_key = kind == KEY_CODE or message.lower().startswith(KEY_WORDS)
    return UpstreamError(message, kind, seconds, is_key)


def read_description(body: bytes) -> Description:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body.decode(errors="replace").strip()
        return ("" if text.startswith("<") else text[:MESSAGE_LENGTH_MAX]), None
    return describe(answer)


def describe(answer: Any) -> Description:
    """What is said in an error object, or in the body around it."""
    message = _message(answer, DEPTH_MAX)[:MESSAGE_LENGTH_MAX]
    return message, _kind(answer)


def _message(answer: Any, depth: int) -> str:
    if isinstance(answer, str):
        return answer
    if depth == 0:
        return ""
    if isinstance(answer, list):
        said = [_message(each, depth - 1) for each in answer]
        return "; ".join([each for each in said if each])
    if not isinstance(answer, dict):
        return ""
    names = ("error", "message", "detail", "msg")
    found = (_message(answer.get(name), depth - 1) for name in names)
    message = next((each for each in found if each), "")
    return _with_more(message, answer)


def _with_more(message: str, answer: Mapping[str, Any]) -> str:
    """Where a fault is (FastAPI), and what stands behind an error that says little (OpenRouter)."""
    if message and isinstance(place := answer.get("loc"), list):
        return f"{'.'.join(map(str, place))}: {message}"
    metadata = answer.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return f"{message}: {raw}" if message and isinstance(raw, str) and raw else message


def _kind(answer: Any) -> str | None:
    """`type`, else a `code` or a `status` in words."""
    if isinstance(answer, list) and answer:
        return _kind(answer[0])
    if not isinstance(answer, dict):
        return None
    if isinstance(error := answer.get("error"), dict):
        answer = error
    names = (answer.get(name) for name in ("type", "code", "status"))
    return next((name for name in names if isinstance(name, str) and name), None)


def _seconds_in(message: str) -> float | None:
    found = _RETRY.search(message)
    if found is None:
        return None
    return float(found.group(1)) / (1000 if found.group(2).lower() == "ms" else 1)
