"""What differs by the maker of a model behind Converse: how it is told to think and to sample.

Converse has fields for what all models share. The rest goes to the model as it is, in
`additionalModelRequestFields`, under the names of its maker:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from dataplane.conversation.effort import EFFORT_TOKENS, effort_of
from dataplane.conversation.request import Conversation, Thinking
from dataplane.providers.anthropic.models import Thinks, abilities_of
from dataplane.providers.anthropic.thinking import sampling_fields, thinking_fields
from dataplane.providers.base import Untranslatable
from dataplane.snapshot.model import Deployment


class Family(StrEnum):
    """Whose model it is, as far as that makes a difference here."""

    CLAUDE = "claude"
    NOVA = "nova"
    GPT_OSS = "gpt-oss"
    OPENAI = "openai."
    MISTRAL = "mistral"
    COHERE = "cohere"
    OTHER = ""


SHARED = {"temperature": "temperature", "top_p": "topP"}
# What a family calls sampling parameters that Converse has no field for.
OWN: dict[Family, dict[str, str]] = {
    Family.MISTRAL: {"top_k": "top_k"},
    Family.COHERE: {
        "top_k": "k",
        "seed": "seed",
        "frequency_penalty": "frequency_penalty",
        "presence_penalty": "presence_penalty",
    },
}
APART = ("top_k", "seed", "frequency_penalty", "presence_penalty")
THINKS_ALWAYS = "the model always thinks before it answers"


@dataclass(slots=True)
class Special:
    """What a request needs beyond the fields that all models share."""

    sampling: dict[str, Any] = field(default_factory=dict)
    """For `inferenceConfig`."""
    additional: dict[str, Any] = field(default_factory=dict)
    """For `additionalModelRequestFields`."""
    effort: str | None = None
    """For `outputConfig`."""
    needs_limit: bool = False
    """The model wants to be told a limit of its output, since its thoughts count against it."""


def family_of(deployment: Deployment) -> Family:
    """By the id of the model, else, for an ARN that does not say, by the name it has here."""
    return _family(deployment.upstream_model, deployment.name)


@lru_cache(maxsize=10_000)
def _family(*names: str) -> Family:
    for name in names:
        for family in Family:
            if family and family in name.lower():
                return family
    return Family.OTHER


def model_named(deployment: Deployment) -> str:
    """The name that tells the version, where the upstream model is an ARN that does not."""
    upstream = deployment.upstream_model
    return upstream if Family.CLAUDE in upstream.lower() else deployment.name


def special(conversation: Conversation, deployment: Deployment, output_tokens_max: int) -> Special:
    """Raises `Untranslatable`."""
    family = family_of(deployment)
    if family is Family.CLAUDE:
        return _claude(conversation, model_named(deployment), output_tokens_max)
    found = Special(_shared_sampling(conversation), _own_sampling(conversation, family))
    if conversation.thinking is not None:
        found.additional |= _thinking(conversation.thinking, conversation, family)
    return found


def _thinking(asked: Thinking, conversation: Conversation, family: Family) -> dict[str, Any]:
    if family is Family.NOVA:
        return {"reasoningConfig": _nova_reasoning(asked, conversation)}
    if family is Family.GPT_OSS:
        return {"reasoning_effort": _word(asked, ("low", "medium", "high"))}
    if family is Family.OPENAI:
        return {"reasoning": {"effort": _word(asked, tuple(EFFORT_TOKENS))}}
    raise Untranslatable("thinking", "Bedrock does not say how this model is told to think")


def _claude(conversation: Conversation, model: str, output_tokens_max: int) -> Special:
    _refuse(conversation, APART[1:])
    abilities = abilities_of(model)
    fields = thinking_fields(conversation, abilities, output_tokens_max)
    thinking = {**fields.get("thinking", {})}
    thinks = thinking.get("type") in ("enabled", "adaptive")
    has_budget = thinks and abilities.thinks is Thinks.BY_BUDGET
    if has_budget:
        thinking.pop("display", None)  # at Bedrock, newer models alone know of it
    sampled = sampling_fields(conversation, abilities, thinks=thinks)
    return Special(
        sampling={SHARED[name]: value for name, value in sampled.items() if name in SHARED},
        additional={
            **({"thinking": thinking} if thinking else {}),
            **({"top_k": sampled["top_k"]} if "top_k" in sampled else {}),
        },
        effort=fields.get("output_config", {}).get("effort"),
        needs_limit=has_budget,
    )


def _shared_sampling(conversation: Conversation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, written in SHARED.items():
        if (value := getattr(conversation, name)) is not None:
            if not 0 <= value <= 1:
                raise Untranslatable(name, "Bedrock takes 0 to 1")
            found[written] = value
    return found


def _own_sampling(conversation: Conversation, family: Family) -> dict[str, Any]:
    if family is Family.NOVA:
        _refuse(conversation, APART[1:])
        top_k = conversation.top_k
        return {} if top_k is None else {"inferenceConfig": {"topK": top_k}}
    names = OWN.get(family, {})
    _refuse(conversation, tuple([name for name in APART if name not in names]))
    return {
        written: value
        for name, written in names.items()
        if (value := getattr(conversation, name)) is not None
    }


def _refuse(conversation: Conversation, names: tuple[str, ...]) -> None:
    """A penalty of 0 asks for nothing; `top_k` and a seed of 0 do."""
    for name in names:
        value = getattr(conversation, name)
        if value is not None and not (value == 0 and name.endswith("penalty")):
            raise Untranslatable(name, "the model has nothing like it")


def _nova_reasoning(asked: Thinking, conversation: Conversation) -> dict[str, Any]:
    """https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html

    Where Nova thinks hard, it takes no limit of the output. A ceiling of tokens is kept by thinking
    less, a word that asks for much is not.
    """
    if asked.effort == "none" or asked.tokens == 0:
        return {"type": "disabled"}
    effort = _word(asked, ("low", "medium", "high"))
    if effort == "high" and conversation.max_output_tokens is not None:
        if asked.tokens is None:
            why = "Nova takes no limit of its output while it thinks with high effort"
            raise Untranslatable("max_output_tokens", why)
        effort = "medium"
    if effort == "high":
        for name in ("temperature", "top_p", "top_k"):
            if getattr(conversation, name) is not None:
                raise Untranslatable(name, "Nova takes none while it thinks with high effort")
    return {"type": "enabled", "maxReasoningEffort": effort}


def _word(asked: Thinking, known: tuple[str, ...]) -> str:
    """The effort in a word the model knows: of those it does not, the nearest."""
    effort = asked.effort or (effort_of(asked.tokens) if asked.tokens else "medium")
    if asked.tokens == 0:
        effort = "none"
    if effort in known:
        return effort
    if effort == "none":
        raise Untranslatable("thinking", THINKS_ALWAYS)
    return known[0] if effort == "minimal" else known[-1]
