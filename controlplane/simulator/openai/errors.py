"""OpenAI's words for what goes wrong."""

from controlplane.simulator.replies import Json, Refused, Whole, encode, event

TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}


def refuse(refused: Refused) -> Whole:
    return Whole({"error": describe(refused)}, refused.status, refused.headers)


def describe(refused: Refused) -> Json:
    usual = "server_error" if refused.status >= 500 else "invalid_request_error"
    return {
        "message": refused.message,
        "type": TYPES.get(refused.status, usual),
        "param": refused.param,
        "code": refused.code or CODES.get(refused.status),
    }


MIDWAY = describe(Refused("it fails in the middle of a stream, as scripted.", status=500))
CHAT_MIDWAY = event({"error": MIDWAY})
RESPONSES_MIDWAY = b"event: error\ndata: " + encode({**MIDWAY, "type": "error"}) + b"\n\n"
