"""POST …/models/{model}:embedContent, :batchEmbedContents, and Vertex's :predict."""

from controlplane.simulator import fields, models
from controlplane.simulator.replies import Json, Refused, Request, Whole
from controlplane.simulator.vectors import DIMENSIONS_DEFAULT, DIMENSIONS_MAX, embed
from controlplane.simulator.wording import NOTICE, count


def one(request: Request) -> Whole:
    models.check(request.model or "", models.EMBEDDING)
    return Whole({"embedding": {"values": _vector(request.body)}, "notice": NOTICE})


def batch(request: Request) -> Whole:
    models.check(request.model or "", models.EMBEDDING)
    asked = fields.objects(fields.required(request.body, "requests", list))
    vectors = [{"values": _vector(each)} for each in asked]
    return Whole({"embeddings": vectors, "notice": NOTICE})


def predict(request: Request) -> Whole:
    """The older form of Vertex, which counts tokens."""
    models.check(request.model or "", models.EMBEDDING)
    parameters = fields.inner(request.body, "parameters")
    size = _size(parameters, "outputDimensionality")
    predictions = []
    for instance in fields.objects(fields.required(request.body, "instances", list)):
        text = fields.required(instance, "content", str)
        statistics = {"token_count": count(text), "truncated": False}
        predictions.append({"embeddings": {"values": embed(text, size), "statistics": statistics}})
    return Whole({"predictions": predictions, "metadata": {"billableCharacterCount": 0}})


def _vector(asked: Json) -> list[float]:
    texts = fields.texts_of(fields.required(asked, "content", dict).get("parts"))
    if not texts:
        raise Refused("content has no text.", param="content")
    return embed(" ".join(texts), _size(asked, "outputDimensionality"))


def _size(asked: Json, name: str) -> int:
    return fields.whole_number(asked, name, most=DIMENSIONS_MAX) or DIMENSIONS_DEFAULT
