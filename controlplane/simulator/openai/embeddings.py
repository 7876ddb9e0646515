"""POST /v1/embeddings."""

import base64
import struct

from controlplane.simulator import fields, models
from controlplane.simulator.openai.completions import texts
from controlplane.simulator.replies import Refused, Request, Whole
from controlplane.simulator.vectors import DIMENSIONS_DEFAULT, DIMENSIONS_MAX, embed
from controlplane.simulator.wording import NOTICE, count


def answer(request: Request) -> Whole:
    body = {**request.body, "model": request.model}
    model = fields.required(body, "model", str)
    models.check(model, models.EMBEDDING)
    inputs = texts(body, "input")
    size = fields.whole_number(body, "dimensions", most=DIMENSIONS_MAX) or DIMENSIONS_DEFAULT
    form = fields.optional(body, "encoding_format", str) or "float"
    tokens = sum(map(count, inputs))
    rows = [
        {"object": "embedding", "index": index, "embedding": _encode(embed(text, size), form)}
        for index, text in enumerate(inputs)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return Whole({"object": "list", "data": rows, "model": model, "usage": usage, "notice": NOTICE})


def _encode(vector: list[float], form: str) -> list[float] | str:
    if form == "float":
        return vector
    if form == "base64":
        return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    raise Refused("'encoding_format' must be float or base64.", param="encoding_format")
