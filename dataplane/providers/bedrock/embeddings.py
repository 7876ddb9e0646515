"""Embeddings over InvokeModel, in the form of the model's maker.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html and
model-parameters-embed.html. Bedrock counts the tokens of any model in a header.
"""

from typing import Any

import msgspec

from dataplane.conversation.embeddings import Embeddings, EmbeddingsAsked
from dataplane.providers.base import AnswerUnusable, Reply, Untranslatable
from dataplane.providers.bedrock.addresses import base_model
from dataplane.providers.bedrock.answers import USAGE_DIALECT
from dataplane.providers.tolerance import Tolerant, Unreadable, tokens_reported

TITAN = "amazon.titan-embed-"
TITAN_FIRST = "amazon.titan-embed-text-v1"
TITAN_IMAGES = "amazon.titan-embed-image"
COHERE = "cohere.embed-"
COHERE_INPUTS_MAX = 96
COHERE_WITH_DIMENSIONS = "cohere.embed-v4"
# Cohere wants to know what the vectors are for; a client that does not say stores them.
COHERE_PURPOSE = "search_document"
TOKENS_HEADER = "x-amzn-bedrock-input-token-count"


class _Answer(msgspec.Struct):
    embedding: list[float] | None = None
    embeddings: list[list[float]] | dict[str, list[list[float]]] | None = None
    inputTextTokenCount: Any = None


_decode_answer = Tolerant(_Answer)


def written(asked: EmbeddingsAsked, model: str) -> dict[str, Any]:
    """The fields of the body. Raises `Untranslatable`."""
    model = base_model(model)
    if model.startswith(TITAN):
        return _titan(asked, model)
    if model.startswith(COHERE):
        return _cohere(asked, model)
    raise Untranslatable("model", "Bedrock embeds with models of Titan's and Cohere's here")


def read_embeddings(reply: Reply) -> Embeddings:
    """Raises `AnswerUnusable`."""
    try:
        answer = _decode_answer(reply.body)
    except Unreadable as error:
        raise AnswerUnusable from error
    usage = _usage(reply, answer)
    return Embeddings(_vectors(answer), "", tokens_reported(USAGE_DIALECT, usage), usage)


def _titan(asked: EmbeddingsAsked, model: str) -> dict[str, Any]:
    if len(asked.inputs) != 1:
        raise Untranslatable("input", "Titan embeds one text a call")
    fields: dict[str, Any] = {"inputText": asked.inputs[0]}
    if asked.dimensions is None:
        return fields
    if model.startswith(TITAN_FIRST):
        raise Untranslatable("dimensions", "the model has one size of vectors")
    if model.startswith(TITAN_IMAGES):
        return {**fields, "embeddingConfig": {"outputEmbeddingLength": asked.dimensions}}
    return {**fields, "dimensions": asked.dimensions}


def _cohere(asked: EmbeddingsAsked, model: str) -> dict[str, Any]:
    if len(asked.inputs) > COHERE_INPUTS_MAX:
        raise Untranslatable("input", f"Cohere embeds at most {COHERE_INPUTS_MAX} texts a call")
    fields: dict[str, Any] = {"texts": asked.inputs, "input_type": COHERE_PURPOSE}
    if asked.dimensions is None:
        return fields
    if not model.startswith(COHERE_WITH_DIMENSIONS):
        raise Untranslatable("dimensions", "the model has one size of vectors")
    return {**fields, "output_dimension": asked.dimensions}


def _vectors(answer: _Answer) -> list[list[float]]:
    if answer.embedding is not None:
        return [answer.embedding]
    found = answer.embeddings
    if isinstance(found, dict):
        found = found.get("float")
    if found is None:
        raise AnswerUnusable
    return found


def _usage(reply: Reply, answer: _Answer) -> dict[str, Any] | None:
    """In the words of the metrics that Bedrock ends streams of InvokeModel with."""
    header = reply.headers.get(TOKENS_HEADER, "")
    if header.isascii() and header.isdigit():
        return {"inputTokenCount": int(header)}
    count = answer.inputTextTokenCount
    return None if count is None else {"inputTokenCount": count}
