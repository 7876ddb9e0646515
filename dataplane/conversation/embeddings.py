"""Texts in, vectors out, in no dialect."""

from dataclasses import dataclass
from typing import Any

from billing.tokens import NO_TOKENS, Tokens


@dataclass(slots=True)
class EmbeddingsAsked:
    """What a client wants embedded."""

    inputs: list[str]
    dimensions: int | None = None
    end_user: str | None = None


@dataclass(slots=True)
class Embeddings:
    """One vector for each input, in their order."""

    vectors: list[list[float]]
    model: str
    tokens: Tokens = NO_TOKENS
    usage: Any = None
    """As the provider reported it: what the books read; None where it reported nothing."""
