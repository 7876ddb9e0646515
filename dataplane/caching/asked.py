"""A question as it is compared and stored."""

from dataclasses import dataclass

from dataplane.caching.fingerprint import Fingerprint


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to be compared, and to be stored with its answer."""

    text: str
    scope: Fingerprint
    embedder: str
    vector: str
    """As pgvector reads it: `[0.1,0.2]`."""


def question_place(fingerprint: Fingerprint) -> str:
    """What a question is sealed to: not the place of its answer."""
    return f"question {fingerprint.hex()}"
