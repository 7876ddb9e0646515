"""Vectors from Vertex AI: `predict` for the older models, `embedContent` for the newer ones.

https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api. `predict`
tells the tokens of each text; together they are what the call is billed for.
"""

import re
from typing import Any

import msgspec

from dataplane.conversation.embeddings import Embeddings, EmbeddingsAsked
from dataplane.providers.base import AnswerUnusable, Reply, Untranslatable
from dataplane.providers.gemini.chunks import USAGE_DIALECT
from dataplane.providers.gemini.embeddings import Vector, text_content
from dataplane.providers.tolerance import Tolerant, Unreadable, tokens_reported

PREDICT, EMBED_CONTENT = "predict", "embedContent"
# gemini-embedding-001 is the only one of its family that is still asked by `predict`.
BY_CONTENT = re.compile(r"gemini-embedding-(?!001)")
INPUTS_MAX = 250
COUNT = "token_count"


class _PredictedVector(msgspec.Struct):
    values: list[float]
    statistics: Any = None


class _Prediction(msgspec.Struct):
    embeddings: _PredictedVector


class _Answer(msgspec.Struct):
    predictions: list[_Prediction] | None = None
    embedding: Vector | None = None
    usageMetadata: Any = None


_decode_answer = Tolerant(_Answer)


def embed_question(asked: EmbeddingsAsked, model: str) -> tuple[str, dict[str, Any]]:
    """The verb, and the body. Raises `Untranslatable`."""
    if BY_CONTENT.search(model):
        return EMBED_CONTENT, _content(asked)
    if len(asked.inputs) > INPUTS_MAX:
        raise Untranslatable("inputs", f"Vertex AI takes at most {INPUTS_MAX} texts at once")
    body: dict[str, Any] = {"instances": [{"content": text} for text in asked.inputs]}
    if asked.dimensions is not None:
        body["parameters"] = {"outputDimensionality": asked.dimensions}
    return PREDICT, body


def read_embeddings(reply: Reply) -> Embeddings:
    """Raises `AnswerUnusable`."""
    try:
        answer = _decode_answer(reply.body)
    except Unreadable as error:
        raise AnswerUnusable from error
    if answer.embedding is not None:
        usage = answer.usageMetadata
        vectors = [answer.embedding.values]
    elif answer.predictions is not None:
        usage = _sum(answer.predictions)
        vectors = [prediction.embeddings.values for prediction in answer.predictions]
    else:
        raise AnswerUnusable
    return Embeddings(vectors, "", tokens_reported(USAGE_DIALECT, usage), usage)


def _content(asked: EmbeddingsAsked) -> dict[str, Any]:
    if len(asked.inputs) > 1:
        raise Untranslatable("inputs", "the model takes one text at a time at Vertex AI")
    size = {"outputDimensionality": asked.dimensions} if asked.dimensions is not None else {}
    return {"content": text_content(asked.inputs[0]), **size}


def _sum(predictions: list[_Prediction]) -> dict[str, Any] | None:
    """None where one of the texts was not counted, so that the books estimate them all."""
    counts = []
    for prediction in predictions:
        statistics = prediction.embeddings.statistics
        count = statistics.get(COUNT) if isinstance(statistics, dict) else None
        if not isinstance(count, int | float):
            return None
        counts.append(count)
    return {COUNT: sum(counts)}
