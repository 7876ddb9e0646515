"""What Google's APIs say when they refuse: `{"error": {"code", "message", "status", "details"}}`.

https://cloud.google.com/apis/design/errors. When to come back stands in the details or in the
message alone, and a wrong API key is a 400, told apart by the reason in the details.
"""

import re
from typing import Any

import msgspec

from dataplane.providers.base import Reply, UpstreamError
from dataplane.providers.retry_after import retry_after_seconds

RETRY_INFO = "google.rpc.RetryInfo"
ERROR_INFO = "google.rpc.ErrorInfo"
KEY_INVALID = "API_KEY_INVALID"
KEY_WORDS = ("API key not valid", "API key expired")
SECONDS = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)(m?s))?")
IN_MESSAGE = re.compile(r"retry in ((?:\d+h)?(?:\d+m(?!s))?(?:\d+(?:\.\d+)?m?s)?)")

_decode = msgspec.json.Decoder().decode


def read_error(reply: Reply) -> UpstreamError:
    """Of a body of any shape."""
    error = error_in(reply.body)
    if (seconds := retry_after_seconds(reply.headers)) is not None:
        error.retry_after_seconds = seconds
    return error


def error_in(body: bytes) -> UpstreamError:
    """In the body of a refusal, or in the middle of a stream."""
    error = _error_of(_decoded(body))
    message, details = error.get("message"), error.get("details")
    words = message if isinstance(message, str) else ""
    entries = details if isinstance(details, list) else []
    facts = [each for each in entries if isinstance(each, dict)]
    kind = _reason(facts) or error.get("status")
    seconds = _in_details(facts)
    if seconds is None:
        seconds = _in_message(words)
    is_key = kind == KEY_INVALID or words.startswith(KEY_WORDS)
    return UpstreamError(words, kind if isinstance(kind, str) else None, seconds, is_key)


def _error_of(answer: Any) -> dict[str, Any]:
    """A refused stream without SSE is a list of one."""
    if isinstance(answer, list) and answer:
        answer = answer[0]
    if not isinstance(answer, dict):
        return {}
    error = answer.get("error", answer)
    if isinstance(error, str):
        return {"message": error}
    return error if isinstance(error, dict) else {}


def _reason(details: list[dict[str, Any]]) -> Any:
    """More exact than the status, as in `API_KEY_INVALID` for `INVALID_ARGUMENT`."""
    return next((each.get("reason") for each in details if _is(each, ERROR_INFO)), None)


def _in_details(details: list[dict[str, Any]]) -> float | None:
    delays = [each.get("retryDelay") for each in details if _is(each, RETRY_INFO)]
    return next((_seconds(delay) for delay in delays if isinstance(delay, str)), None)


def _in_message(message: str) -> float | None:
    found = IN_MESSAGE.search(message)
    return _seconds(found[1]) if found else None


def _seconds(text: str) -> float | None:
    """As in `48.9s`, `1h2m3s` or `730.5ms`."""
    found = SECONDS.fullmatch(text) if text else None
    if found is None:
        return None
    hours, minutes, number, unit = found.groups()
    last = float(number or 0) / (1000 if unit == "ms" else 1)
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + last


def _is(detail: dict[str, Any], kind: str) -> bool:
    name = detail.get("@type")
    return isinstance(name, str) and name.endswith(kind)


def _decoded(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
