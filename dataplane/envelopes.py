"""How an error looks in each client dialect: as a body, and in the middle of a stream."""

from typing import Any

import msgspec

from dataplane.request import ANTHROPIC_ENDPOINTS, Endpoint

Facts = dict[str, Any]
"""What is said of an error: `message`, `type`, `code`, `param`, `request_id`, and more."""

_encode = msgspec.json.encode


def error_body(endpoint: Endpoint | None, facts: Facts) -> bytes:
    """OpenAI's envelope; Anthropic's for its endpoints."""
    if endpoint in ANTHROPIC_ENDPOINTS:
        return _encode({"type": "error", "error": facts, "request_id": facts.get("request_id")})
    return _encode({"error": facts})


def error_event(endpoint: Endpoint, facts: Facts) -> bytes:
    """One event, after which the stream ends."""
    if endpoint is Endpoint.RESPONSES:
        message = {"sequence_number": 0, **facts, "type": "error"}
        return b"event: error\ndata: " + _encode(message) + b"\n\n"
    if endpoint in ANTHROPIC_ENDPOINTS:
        return b"event: error\ndata: " + error_body(endpoint, facts) + b"\n\n"
    return b"data: " + error_body(endpoint, facts) + b"\n\n"
