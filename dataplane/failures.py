"""How one attempt at a provider can fail. What follows from it is in `routing/fallback.py`."""

from enum import StrEnum
from typing import Any


class Failure(StrEnum):
    """What the usage record, the metrics and the health page call it."""

    CONNECT_FAILED = "connect_failed"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECTION_LOST = "connection_lost"
    """Reset or closed while the request was sent, or before the answer began."""
    TRUNCATED = "answer_truncated"
    GARBLED = "answer_garbled"
    """No JSON, or a 200 with an error inside."""
    TOO_LARGE = "answer_too_large"
    """More than the gateway takes."""
    STREAM_FAILED = "stream_failed"
    """The provider reported an error inside its stream."""
    FIRST_BYTE_TIMEOUT = "first_byte_timeout"
    CHUNK_TIMEOUT = "chunk_timeout"
    TOTAL_TIMEOUT = "total_timeout"
    SLOW = "slow"
    """Given up because another may answer sooner: this one lately answers nobody in time."""
    NO_CONNECTION_FREE = "no_connection_free"
    """All connections that the gateway may open are in use."""
    RATE_LIMITED = "rate_limited"
    CREDENTIAL_REFUSED = "credential_refused"
    CREDENTIAL_UNUSABLE = "credential_unusable"
    FORBIDDEN = "forbidden"
    MODEL_MISSING = "model_missing"
    CONFLICT = "conflict"
    TOO_EARLY = "too_early"
    REQUEST_TIMEOUT = "request_timeout"
    REQUEST_REFUSED = "request_refused"
    REDIRECTED = "redirected"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"


TIMEOUTS = frozenset(
    {
        Failure.CONNECT_TIMEOUT,
        Failure.FIRST_BYTE_TIMEOUT,
        Failure.CHUNK_TIMEOUT,
        Failure.TOTAL_TIMEOUT,
        Failure.SLOW,
        Failure.NO_CONNECTION_FREE,
    }
)

_BY_STATUS = {
    401: Failure.CREDENTIAL_REFUSED,
    402: Failure.CREDENTIAL_REFUSED,
    403: Failure.FORBIDDEN,
    404: Failure.MODEL_MISSING,
    407: Failure.CREDENTIAL_REFUSED,
    408: Failure.REQUEST_TIMEOUT,
    409: Failure.CONFLICT,
    424: Failure.SERVER_ERROR,  # the model behind Bedrock failed
    425: Failure.TOO_EARLY,
    429: Failure.RATE_LIMITED,
    503: Failure.OVERLOADED,
    529: Failure.OVERLOADED,
}


def failure_of(status: int) -> Failure:
    """What a status that is none of 2xx means."""
    if (known := _BY_STATUS.get(status)) is not None:
        return known
    if 400 <= status < 500:
        return Failure.REQUEST_REFUSED
    return Failure.REDIRECTED if status < 400 else Failure.SERVER_ERROR


def public_code(failure: Failure) -> str:
    """What clients are told, and what the usage record says of a request that it ended."""
    return "upstream_timeout" if failure in TIMEOUTS else "upstream_failed"


class AttemptFailed(Exception):
    """One attempt came to nothing, or broke off."""

    def __init__(
        self, failure: Failure, status: int | None = None, refusal: bytes | None = None
    ) -> None:
        super().__init__(failure)
        self.failure = failure
        self.status = status
        self.refusal = refusal
        """What the provider said, in the client's dialect and without our secrets."""
        self.retry_after_seconds: float | None = None
        self.usage: Any = None
        """What it reported to have consumed all the same."""
        self.output_bytes = 0

    @property
    def timed_out(self) -> bool:
        return self.failure in TIMEOUTS
