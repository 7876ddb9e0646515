"""What a failed attempt means. The whole table.

`AGAIN`: the same deployment may be asked once more, if nobody else can be (or if it says itself to
come right back); the wait is told by `retries.py`. `NEXT`: the next candidate is asked. `ANSWER`:
the request is at fault, and another deployment would refuse it, too, unless the refusal is about
this deployment alone (`is_particular`). The last column is what the circuit of the deployment makes
of it (`circuits.py`): what a client causes never counts.
"""

from dataclasses import dataclass
from enum import Enum

from dataplane.failures import Failure


class Blame(Enum):
    """What a failure says about the deployment."""

    NOBODY = 0
    DEPLOYMENT = 1
    """It is down, or slow: some of these in a row, and it is left alone for a moment."""
    RATE = 2
    """It has had enough of us: it rests as long as it says."""
    CREDENTIAL = 3
    """It does not want us: it rests for long, since somebody has to do something."""
    PERHAPS_CREDENTIAL = 4
    """The same, if it happens again and again."""
    LATENESS = 5
    """It was counted already, when it became late."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table."""

    retries: bool
    falls_back: bool
    is_passed_on: bool
    """The client learns more from the provider's own words than from our 502."""
    blame: Blame


AGAIN, ONCE = True, False
NEXT, ANSWER = True, False
TOLD, OURS = True, False

TABLE = {
    #                             here    elsewhere  last   the circuit
    Failure.CONNECT_FAILED: Rule(AGAIN, NEXT, OURS, Blame.DEPLOYMENT),
    Failure.CONNECT_TIMEOUT: Rule(ONCE, NEXT, OURS, Blame.DEPLOYMENT),
    Failure.CONNECTION_LOST: Rule(AGAIN, NEXT, OURS, Blame.DEPLOYMENT),
    Failure.TRUNCATED: Rule(AGAIN, NEXT, OURS, Blame.DEPLOYMENT),
    Failure.GARBLED: Rule(AGAIN, NEXT, OURS, Blame.DEPLOYMENT),
    Failure.STREAM_FAILED: Rule(AGAIN, NEXT, OURS, Blame.DEPLOYMENT),
    Failure.TOO_LARGE: Rule(ONCE, NEXT, OURS, Blame.NOBODY),
    Failure.FIRST_BYTE_TIMEOUT: Rule(ONCE, NEXT, OURS, Blame.DEPLOYMENT),
    Failure.CHUNK_TIMEOUT: Rule(ONCE, NEXT, OURS, Blame.DEPLOYMENT),
    Failure.TOTAL_TIMEOUT: Rule(ONCE, ANSWER, OURS, Blame.NOBODY),
    Failure.SLOW: Rule(ONCE, NEXT, OURS, Blame.LATENESS),
    Failure.NO_CONNECTION_FREE: Rule(ONCE, NEXT, OURS, Blame.NOBODY),
    Failure.REDIRECTED: Rule(ONCE, NEXT, OURS, Blame.DEPLOYMENT),  # 3xx
    Failure.REQUEST_REFUSED: Rule(ONCE, ANSWER, TOLD, Blame.NOBODY),  # 400, 413, 422, other 4xx
    Failure.CREDENTIAL_REFUSED: Rule(ONCE, NEXT, OURS, Blame.CREDENTIAL),  # 401, 402, 407
    Failure.FORBIDDEN: Rule(ONCE, NEXT, OURS, Blame.PERHAPS_CREDENTIAL),  # 403
    Failure.CREDENTIAL_UNUSABLE: Rule(ONCE, NEXT, OURS, Blame.DEPLOYMENT),
    Failure.MODEL_MISSING: Rule(ONCE, NEXT, TOLD, Blame.NOBODY),  # 404
    Failure.REQUEST_TIMEOUT: Rule(AGAIN, NEXT, OURS, Blame.DEPLOYMENT),  # 408
    Failure.CONFLICT: Rule(AGAIN, NEXT, TOLD, Blame.NOBODY),  # 409
    Failure.TOO_EARLY: Rule(AGAIN, NEXT, OURS, Blame.NOBODY),  # 425
    Failure.RATE_LIMITED: Rule(AGAIN, NEXT, TOLD, Blame.RATE),  # 429
    Failure.OVERLOADED: Rule(AGAIN, NEXT, OURS, Blame.DEPLOYMENT),  # 503, 529
    Failure.SERVER_ERROR: Rule(AGAIN, NEXT, OURS, Blame.DEPLOYMENT),  # other 5xx
}

# How providers say that the request is too long for this model, or has what only this one lacks.
_PARTICULAR = (
    b"context_length_exceeded",
    b"context length",
    b"context window",
    b"prompt is too long",
    b"input is too long",
    b"too many input tokens",
    b"maximum number of tokens",
    b"unsupported_parameter",
    b"unsupported_value",
    b"not supported",
    b"does not support",
    b"unsupported",
)


def is_particular(refusal: bytes | None, *, is_translated: bool) -> bool:
    """Whether another deployment may take the request all the same.

    One that was translated is not what the client wrote: what was wrong may be the translation.
    """
    if is_translated:
        return True
    words = (refusal or b"").lower()
    return any(phrase in words for phrase in _PARTICULAR)
