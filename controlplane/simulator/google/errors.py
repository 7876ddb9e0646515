"""Google's words for what goes wrong."""

from controlplane.simulator.replies import Json, Refused, Whole, encode

STATUSES = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"


def refuse(refused: Refused) -> Whole:
    """When to come back is said in the body; there is no header for it."""
    return Whole({"error": _describe(refused)}, refused.status)


def _describe(refused: Refused) -> Json:
    usual = "INTERNAL" if refused.status >= 500 else "INVALID_ARGUMENT"
    error: Json = {
        "code": refused.status,
        "message": refused.message,
        "status": STATUSES.get(refused.status, usual),
    }
    if refused.retry_after is not None:
        error["details"] = [{"@type": RETRY_INFO, "retryDelay": f"{refused.retry_after:g}s"}]
    return error


_midway = _describe(Refused("it fails in the middle of a stream, as scripted.", status=503))
MIDWAY = b"data: " + encode({"error": _midway}) + b"\r\n\r\n"
