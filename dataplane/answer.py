"""What a client is answered."""

from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(slots=True)
class Answer:
    """A whole body, or its pieces as they come."""

    status: int
    headers: dict[str, str]
    body: bytes | AsyncIterator[bytes]
