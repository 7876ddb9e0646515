"""A conversation as a request of Converse.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html. What neither
Converse nor the model has a field for is refused by name.
"""

from typing import Any

import msgspec

from dataplane.conversation.request import Conversation, OutputFormat
from dataplane.providers.base import Untranslatable
from dataplane.providers.bedrock.families import Family, family_of, model_named, special
from dataplane.providers.bedrock.hints import CachePoints
from dataplane.providers.bedrock.tools import tool_fields
from dataplane.providers.bedrock.turns import Turns
from dataplane.snapshot.model import Deployment

# What there is no field for, and the values that ask for nothing.
UNKNOWN: dict[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "logit_bias": (None, {}),
    "verbosity": (None, "medium"),
}
SERVICE_TIERS = ("default", "flex", "priority")
TIERS_SAYING_NOTHING = (None, "auto")
STOP_SEQUENCE_PATH = "/stop_sequence"
"""Where Claude says which of the sequences stopped it."""
COUNTED = ("messages", "system", "toolConfig", "additionalModelRequestFields")
"""Of a request, what its tokens are counted of."""

_encode = msgspec.json.encode


def written(
    conversation: Conversation, deployment: Deployment, output_tokens_max: int
) -> dict[str, Any]:
    """The fields of the body. Raises `Untranslatable`."""
    for name, nothing in UNKNOWN.items():
        if getattr(conversation, name) not in nothing:
            raise Untranslatable(name)
    family = family_of(deployment)
    turns = Turns(conversation, family, model_named(deployment))
    apart = special(conversation, deployment, output_tokens_max)
    fields: dict[str, Any] = {"messages": turns.write(), **_system(conversation, family)}
    tools, more = tool_fields(conversation, family, uses_tools=turns.uses_tools)
    fields |= tools
    limit = conversation.max_output_tokens
    if limit is None and apart.needs_limit:
        limit = output_tokens_max
    if inference := _inference(conversation, limit, apart.sampling):
        fields["inferenceConfig"] = inference
    if additional := {**apart.additional, **more}:
        fields["additionalModelRequestFields"] = additional
    if output := _output(conversation.output, apart.effort):
        fields["outputConfig"] = output
    if conversation.stop and family is Family.CLAUDE:
        fields["additionalModelResponseFieldPaths"] = [STOP_SEQUENCE_PATH]
    return fields | _rest(conversation)


def _system(conversation: Conversation, family: Family) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = []
    cache_points = CachePoints(conversation, family)
    for text in conversation.instructions:
        if text.text:
            blocks.append({"text": text.text})
        cache_points.add(text.cache, blocks, "system")
    return {"system": blocks} if blocks else {}


def _inference(
    conversation: Conversation, limit: int | None, sampling: dict[str, Any]
) -> dict[str, Any]:
    fields = {**sampling}
    if limit is not None:
        fields["maxTokens"] = limit
    if conversation.stop:
        fields["stopSequences"] = conversation.stop
    return fields


def _output(output: OutputFormat | None, effort: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"effort": effort} if effort is not None else {}
    if output is None:
        return fields
    if output.schema is None:
        raise Untranslatable("output", "Bedrock answers in JSON to a schema only")
    schema = {"name": output.name, "schema": _encode(output.schema).decode()}
    if output.description:
        schema["description"] = output.description
    fields["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    return fields


def _rest(conversation: Conversation) -> dict[str, Any]:
    if conversation.end_user:
        conversation.ignore("end_user")
    tier = conversation.service_tier
    if tier in TIERS_SAYING_NOTHING:
        return {}
    if tier not in SERVICE_TIERS:
        raise Untranslatable("service_tier")
    return {"serviceTier": {"type": tier}}
