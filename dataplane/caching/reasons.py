"""Why a look-up ended as it did: few words, and none of what was asked."""

from enum import StrEnum

EXACT, SEMANTIC, MISS, SHADOW = "exact", "semantic", "miss", "shadow"
"""How a look-up ends. `shadow`: the same request was there, and it was not to be served."""


class Reason(StrEnum):
    """As outcomes are counted by it, and as a client is told it. A guard's is `guard: its name`."""

    SAME = "the same request"
    SHARED = "the same request under way"
    SIMILAR = "a similar question"
    REFRESH = "asked to refresh"
    LATE = "cache late or down"
    NOTHING = "nothing stored"
    NO_QUESTION = "no question to compare"
    NOT_EMBEDDED = "not embedded"
    NOTHING_NEAR = "nothing similar stored"
    UNPROVEN = "not yet proven"
    LOW = "score below the threshold"
    AUDIT = "asked all the same"
    WATCHED = "only watched"


def of_guard(name: str) -> str:
    return f"guard: {name}"
