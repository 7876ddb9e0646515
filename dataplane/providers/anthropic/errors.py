"""What Claude's sites say when they refuse: Anthropic's envelope, or Google's at Vertex AI.

https://platform.claude.com/docs/en/api/errors: `{"type": "error", "error": {"type", "message"}}`.
"""

from typing import Any

import msgspec

from dataplane.envelopes import error_body
from dataplane.providers.base import Reply, UpstreamError
from dataplane.providers.redaction import redact
from dataplane.providers.retry_after import retry_after_seconds
from dataplane.request import GatewayRequest

NO_MESSAGE = "The provider refused the request."

_decode = msgspec.json.Decoder().decode


def read_error(reply: Reply) -> UpstreamError:
    """Of a body of any shape."""
    error = _error_of(_decoded(reply.body))
    message, kind = error.get("message"), error.get("type") or error.get("status")
    return UpstreamError(
        message if isinstance(message, str) else "",
        kind if isinstance(kind, str) else None,
        retry_after_seconds(reply.headers),
    )


def refusal_in_envelope(reply: Reply, call: GatewayRequest, secrets: tuple[str, ...]) -> bytes:
    """The provider's own error if it is in Anthropic's envelope, else its message put into one."""
    text = redact(reply.body, secrets)
    answer = _decoded(text)
    if isinstance(answer, dict) and answer.get("type") == "error" and _error_of(answer):
        return text
    error = read_error(reply)
    facts = {
        "message": redact(error.message, secrets) or NO_MESSAGE,
        "type": "invalid_request_error",
        "code": "upstream_refused",
        "param": None,
        "request_id": call.id,
    }
    return error_body(call.endpoint, facts)


def _error_of(answer: Any) -> dict[str, Any]:
    """The innermost object that says something; servers between may say it more plainly."""
    if isinstance(answer, list) and answer:  # Google's answer to a request for a stream
        answer = answer[0]
    if not isinstance(answer, dict):
        return {}
    error = answer.get("error")
    if isinstance(error, dict):
        return error
    for words in (error, answer.get("detail"), answer.get("message")):
        if isinstance(words, str) and words:
            return {"message": words}
    return {}


def _decoded(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
