"""How long to wait before the same deployment is asked once more."""

WAIT_SECONDS_MAX = 5.0
"""A provider that wants more than this is not waited for: the client decides."""
AT_ONCE_SECONDS = 0.25
"""One that wants no more than this is asked again although others could be."""
BACKOFF_SECONDS = 0.5


def wait_seconds(retry_after: float | None, chance: float, left: float) -> float | None:
    """What the provider asks for and a little more, else full jitter; None for no retry.

    `left` is what remains until the request must be answered.
    """
    if retry_after is None:
        wait = BACKOFF_SECONDS * chance
    elif retry_after <= WAIT_SECONDS_MAX:
        wait = retry_after * (1 + chance / 10)
    else:
        return None
    return wait if wait < left else None


def comes_right_back(retry_after: float | None) -> bool:
    return retry_after is not None and retry_after <= AT_ONCE_SECONDS
