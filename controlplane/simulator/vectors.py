"""Vectors of hashed words, so that similar texts come out similar."""

import math
from hashlib import sha256

from controlplane.simulator.wording import tokenize

DIMENSIONS_DEFAULT = 256
DIMENSIONS_MAX = 4096


def embed(text: str, size: int) -> list[float]:
    """A vector of length one: every word adds to a place and with a sign that its hash says."""
    vector = [0.0] * size
    for token in tokenize(text.lower()):
        digest = sha256(token.strip().encode("utf-8", "replace")).digest()
        vector[int.from_bytes(digest[:4]) % size] += 1.0 if digest[4] & 1 else -1.0
    length = math.hypot(*vector)
    if length == 0:
        return [1.0] + [0.0] * (size - 1)
    return [value / length for value in vector]
