"""Vectors from the Gemini API: `batchEmbedContents`.

https://ai.google.dev/api/embeddings. It tells no tokens of most models.
"""

from typing import Any

import msgspec

from dataplane.conversation.embeddings import Embeddings, EmbeddingsAsked
from dataplane.providers.base import AnswerUnusable, Reply, Untranslatable
from dataplane.providers.gemini.chunks import USAGE_DIALECT
from dataplane.providers.tolerance import Tolerant, Unreadable, tokens_reported

INPUTS_MAX = 100


class Vector(msgspec.Struct):
    values: list[float]


class _Answer(msgspec.Struct):
    embeddings: list[Vector]
    usageMetadata: Any = None


_decode_answer = Tolerant(_Answer)


def embed_body(asked: EmbeddingsAsked, model: str) -> dict[str, Any]:
    """`model` is the name of the resource (`models/…`). Raises `Untranslatable`."""
    if len(asked.inputs) > INPUTS_MAX:
        raise Untranslatable("inputs", f"Gemini takes at most {INPUTS_MAX} texts at once")
    size = {"outputDimensionality": asked.dimensions} if asked.dimensions is not None else {}
    requests = [{"model": model, "content": text_content(text), **size} for text in asked.inputs]
    return {"requests": requests}


def text_content(text: str) -> dict[str, Any]:
    return {"parts": [{"text": text}]}


def read_embeddings(reply: Reply) -> Embeddings:
    """Raises `AnswerUnusable`."""
    try:
        answer = _decode_answer(reply.body)
    except Unreadable as error:
        raise AnswerUnusable from error
    vectors = [vector.values for vector in answer.embeddings]
    tokens = tokens_reported(USAGE_DIALECT, answer.usageMetadata)
    return Embeddings(vectors, "", tokens, answer.usageMetadata)
