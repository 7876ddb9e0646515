"""A conversation as a request of the Messages API.

https://platform.claude.com/docs/en/api/messages. What the API has no field for is refused by name.
"""

from typing import Any

from dataplane.conversation.request import Conversation, OutputFormat
from dataplane.providers.anthropic.models import abilities_of
from dataplane.providers.anthropic.thinking import sampling_fields, thinking_fields
from dataplane.providers.anthropic.tools import tool_fields
from dataplane.providers.anthropic.turns import Turns, text_block
from dataplane.providers.base import Untranslatable

# What there is no field for, and the values that ask for nothing.
UNKNOWN: dict[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "seed": (None,),
    "frequency_penalty": (None, 0),
    "presence_penalty": (None, 0),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "logit_bias": (None, {}),
    "verbosity": (None, "medium"),
}
SERVICE_TIERS = {"default": "standard_only"}
TIERS_SAYING_NOTHING = (None, "auto")


def written(
    conversation: Conversation, model: str, output_tokens_max: int
) -> tuple[dict[str, Any], set[bytes]]:
    """The fields of the body without its model, and the beta features that they need.

    Raises `Untranslatable`.
    """
    for name, nothing in UNKNOWN.items():
        if getattr(conversation, name) not in nothing:
            raise Untranslatable(name)
    abilities = abilities_of(model)
    turns = Turns(conversation, is_instructed_later=abilities.is_instructed_later)
    thinking = thinking_fields(conversation, abilities, output_tokens_max)
    thinks = thinking.get("thinking", {}).get("type") in ("enabled", "adaptive")
    fields: dict[str, Any] = {
        "max_tokens": output_tokens_max,
        **_system(conversation),
        "messages": turns.write(),
        **tool_fields(conversation),
        **thinking,
        **sampling_fields(conversation, abilities, thinks=thinks),
        **_rest(conversation),
    }
    if conversation.output is not None:
        config = {**fields.get("output_config", {}), "format": _format(conversation.output)}
        fields["output_config"] = config
    return fields, turns.betas


def _system(conversation: Conversation) -> dict[str, Any]:
    texts = conversation.instructions
    if len(texts) == 1 and texts[0].cache is None:
        return {"system": texts[0].text} if texts[0].text else {}
    blocks = [block for text in texts if (block := text_block(text)) is not None]
    return {"system": blocks} if blocks else {}


def _format(output: OutputFormat) -> dict[str, Any]:
    """Claude holds to a schema only. What the client says of it belongs to the schema here."""
    if output.schema is None:
        raise Untranslatable("output", "Claude answers in JSON to a schema only")
    schema = output.schema
    if output.description and "description" not in schema:
        schema = {**schema, "description": output.description}
    return {"type": "json_schema", "schema": schema}


def _rest(conversation: Conversation) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if conversation.stop:
        fields["stop_sequences"] = conversation.stop
    if conversation.end_user:
        fields["metadata"] = {"user_id": conversation.end_user}
    if conversation.service_tier not in TIERS_SAYING_NOTHING:
        tier = SERVICE_TIERS.get(conversation.service_tier or "")
        if tier is None:
            raise Untranslatable("service_tier")
        fields["service_tier"] = tier
    return fields
