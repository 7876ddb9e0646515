"""`generationConfig` and what else is asked of the answer.

https://ai.google.dev/api/generate-content#generationconfig. What the API has no field for is
refused by name.
"""

from typing import Any

from dataplane.conversation.request import Conversation, OutputFormat
from dataplane.providers.base import Untranslatable
from dataplane.providers.gemini.media import media_in
from dataplane.providers.gemini.models import Abilities
from dataplane.providers.gemini.thinking import thinking_config

JSON = "application/json"
# What there is no field for, or no place for in an answer, and the values that ask for nothing.
UNKNOWN: dict[str, tuple[Any, ...]] = {
    "logit_bias": (None, {}),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "verbosity": (None, "medium"),
}
FIELDS = {
    "max_output_tokens": "maxOutputTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "n": "candidateCount",
    "seed": "seed",
    "frequency_penalty": "frequencyPenalty",
    "presence_penalty": "presencePenalty",
}
SAYS_NOTHING: dict[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "frequency_penalty": (None, 0),
    "presence_penalty": (None, 0),
}
NOTHING = (None,)
CLOSELY = frozenset({"high", "original"})
RESOLUTIONS = {"low": "MEDIA_RESOLUTION_LOW", "high": "MEDIA_RESOLUTION_HIGH"}


def generation_config(conversation: Conversation, abilities: Abilities) -> dict[str, Any]:
    """Empty where nothing is asked for. Raises `Untranslatable`."""
    for name, nothing in UNKNOWN.items():
        if getattr(conversation, name) not in nothing:
            raise Untranslatable(name)
    config: dict[str, Any] = {}
    for name, written in FIELDS.items():
        value = getattr(conversation, name)
        if value not in SAYS_NOTHING.get(name, NOTHING):
            config[written] = value
    if conversation.stop:
        config["stopSequences"] = conversation.stop
    if conversation.output is not None:
        config |= _format(conversation.output)
    if thinking := thinking_config(conversation, abilities):
        config["thinkingConfig"] = thinking
    if resolution := _resolution(conversation):
        config["mediaResolution"] = resolution
    return config


def _format(output: OutputFormat) -> dict[str, Any]:
    """Answers hold to a schema whether or not the client calls it strict."""
    if output.schema is None:
        return {"responseMimeType": JSON}
    schema = output.schema
    if output.description and "description" not in schema:
        schema = {**schema, "description": output.description}
    return {"responseMimeType": JSON, "responseJsonSchema": schema}


def _resolution(conversation: Conversation) -> str | None:
    """One for all images: the closest look that any of them is to get. Films have their own."""
    found = media_in(conversation)
    wishes = {media.detail for media in found}
    if any(media.kind != "image" for media in found):
        return None
    if not wishes.isdisjoint(CLOSELY):
        return RESOLUTIONS["high"]
    return RESOLUTIONS["low"] if wishes == {"low"} else None
