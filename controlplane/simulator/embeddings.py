"""POST /v1/embeddings: vectors of hashed words, so that similar texts come out similar."""

import base64
import math
import struct
from hashlib import sha256

from controlplane.simulator import fields, models
from controlplane.simulator.completions import texts
from controlplane.simulator.replies import Json, Refused, Whole
from controlplane.simulator.wording import NOTICE, count, tokenize

DIMENSIONS_DEFAULT = 256
DIMENSIONS_MAX = 4096


def answer(request: Json) -> Whole:
    model = fields.required(request, "model", str)
    models.check(model, models.EMBEDDING)
    inputs = texts(request, "input")
    size = fields.whole_number(request, "dimensions", most=DIMENSIONS_MAX) or DIMENSIONS_DEFAULT
    form = fields.optional(request, "encoding_format", str) or "float"
    tokens = sum(map(count, inputs))
    return Whole(
        {
            "object": "list",
            "data": [
                {
                    "object": "embedding",
                    "index": index,
                    "embedding": _encode(embed(text, size), form),
                }
                for index, text in enumerate(inputs)
            ],
            "model": model,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            "notice": NOTICE,
        }
    )


def embed(text: str, size: int) -> list[float]:
    """A vector of length one: every word adds to a place and with a sign that its hash says."""
    vector = [0.0] * size
    for token in tokenize(text.lower()):
        digest = sha256(token.strip().encode()).digest()
        vector[int.from_bytes(digest[:4]) % size] += 1.0 if digest[4] & 1 else -1.0
    length = math.hypot(*vector)
    if length == 0:
        return [1.0] + [0.0] * (size - 1)
    return [value / length for value in vector]


def _encode(vector: list[float], form: str) -> list[float] | str:
    if form == "float":
        return vector
    if form == "base64":
        return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    raise Refused("'encoding_format' must be float or base64.", param="encoding_format")
