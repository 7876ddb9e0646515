"""Anthropic's words for what goes wrong."""

from uuid import uuid4

from controlplane.simulator.replies import Json, Refused, Whole, named_event

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def refuse(refused: Refused) -> Whole:
    id = f"req_{uuid4().hex}"
    body = {"type": "error", "error": _describe(refused), "request_id": id}
    return Whole(body, refused.status, {"request-id": id, **refused.headers})


def _describe(refused: Refused) -> Json:
    usual = "api_error" if refused.status >= 500 else "invalid_request_error"
    return {"type": TYPES.get(refused.status, usual), "message": refused.message}


MIDWAY = named_event(
    {
        "type": "error",
        "error": _describe(Refused("it is overloaded midway, as scripted.", status=529)),
    }
)
