"""GET /foundation-models, as Bedrock's control host has it; and InvokeModel, for vectors."""

from controlplane.simulator import fields, models
from controlplane.simulator.replies import Request, Whole
from controlplane.simulator.vectors import DIMENSIONS_DEFAULT, DIMENSIONS_MAX, embed
from controlplane.simulator.wording import NOTICE, count


def answer(_: Request) -> Whole:
    rows = [
        {"modelId": name, "modelName": name, "providerName": "purser-simulator"}
        for name in models.NAMES
    ]
    return Whole({"modelSummaries": rows, "notice": NOTICE})


def invoke(request: Request) -> Whole:
    """Titan's form for one text, Cohere's for many."""
    models.check(request.model or "", models.EMBEDDING)
    body = request.body
    size = fields.whole_number(body, "dimensions", most=DIMENSIONS_MAX) or DIMENSIONS_DEFAULT
    if texts := fields.optional(body, "texts", list):
        vectors = [embed(text, size) for text in texts if isinstance(text, str)]
        return Whole({"embeddings": vectors, "response_type": "embeddings_floats"})
    text = fields.required(body, "inputText", str)
    return Whole({"embedding": embed(text, size), "inputTextTokenCount": count(text)})
