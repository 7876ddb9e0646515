"""A question as it is compared and stored."""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.money import ZERO
from dataplane.caching.fingerprint import Fingerprint

DIMENSIONS_MAX = 4_000
"""More than that pgvector indexes of no embedder."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A vector, by whom, and what it cost."""

    embedder: str
    """Names the model behind it, too: vectors of two are never compared."""
    vector: Sequence[float]
    cost_usd: Decimal = ZERO


Embed = Callable[[str], Awaitable[Embedded | None]]
"""Asks an embedding model. None where nothing came of it; raises nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to be compared, and to be stored with its answer."""

    text: str
    scope: Fingerprint
    embedder: str
    dimensions: int
    vector: str
    """As pgvector reads it: `[0.1,0.2]`."""


def asked_from(text: str, scope: Fingerprint, embedded: Embedded) -> Asked | None:
    """None for a vector that is none: empty, too long, zero, or not of numbers."""
    try:
        numbers = [float(number) for number in embedded.vector]
        length = math.sqrt(math.fsum(number * number for number in numbers))
    except (TypeError, ValueError, OverflowError):
        return None
    if not 0 < len(numbers) <= DIMENSIONS_MAX or not 0.0 < length < math.inf:
        return None
    written = ",".join([f"{number / length:.6f}" for number in numbers])
    return Asked(text, scope, embedded.embedder, len(numbers), f"[{written}]")


def question_place(fingerprint: Fingerprint) -> str:
    """What a question is sealed to: not the place of its answer."""
    return f"question {fingerprint.hex()}"
