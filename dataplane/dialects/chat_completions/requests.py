"""A request's form, read into what is asked for.

What asks for nothing (null, a penalty of 0, one choice) is left out, so that it passes everywhere.
What changes no answer is ignored, which the client is told; what only OpenAI has is refused.
"""

from dataplane.conversation.request import Conversation, OutputFormat, Thinking
from dataplane.dialects.chat_completions.forms import RequestForm, ResponseFormat
from dataplane.dialects.chat_completions.tools import read_tools
from dataplane.dialects.chat_completions.turns import Turns
from dataplane.dialects.faults import invalid, missing, unsupported

# Where and how long prompts are cached, whom a violation is blamed on, how an answer may be
# generated faster, and padding of a stream: nothing that the answer itself depends on.
HINTS = (
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
)
OPENAI_ALONE = ("audio", "moderation", "web_search_options")
TEXT = "text"
VERBOSITY_DEFAULT = "medium"
TIER_DEFAULT = "auto"
TIERS = {"default": "default", "flex": "flex", "priority": "priority", "fast": "priority"}


def read_request(form: RequestForm) -> Conversation:
    """Raises `InvalidRequest`."""
    _refuse_what_is_openai_alone(form)
    turns = Turns()
    turns.read(form.messages)
    asked = Conversation(turns.messages, turns.instructions)
    read_tools(form, asked)
    _read_sampling(form, asked)
    _read_output(form, asked)
    asked.thinking = _thinking(form)
    asked.end_user = form.user or None
    asked.service_tier = _tier(form.service_tier)
    asked.ignored = _ignored(form)
    return asked


def _refuse_what_is_openai_alone(form: RequestForm) -> None:
    for name in OPENAI_ALONE:
        if getattr(form, name) is not None:
            raise unsupported(name)
    if form.modalities and form.modalities != [TEXT]:
        raise unsupported("modalities", "only text can be generated there")
    if form.store:
        raise unsupported("store", "the provider keeps no answers for OpenAI's evaluations")


def _read_sampling(form: RequestForm, asked: Conversation) -> None:
    asked.temperature = form.temperature
    asked.top_p = form.top_p
    asked.top_k = form.top_k
    asked.seed = form.seed
    asked.frequency_penalty = form.frequency_penalty or None
    asked.presence_penalty = form.presence_penalty or None
    asked.logit_bias = form.logit_bias or None
    asked.logprobs = form.logprobs or None
    asked.top_logprobs = form.top_logprobs or None
    asked.n = form.n if form.n != 1 else None


def _read_output(form: RequestForm, asked: Conversation) -> None:
    """Of two limits the larger holds: servers differ in which one they heed."""
    limits = [limit for limit in (form.max_completion_tokens, form.max_tokens) if limit]
    asked.max_output_tokens = max(limits, default=None)
    asked.stop = [form.stop] if isinstance(form.stop, str) else form.stop or []
    asked.verbosity = form.verbosity if form.verbosity != VERBOSITY_DEFAULT else None
    if form.response_format is not None:
        asked.output = _output(form.response_format)


def _output(form: ResponseFormat) -> OutputFormat | None:
    if form.type == TEXT:
        return None
    if form.type == "json_object":
        return OutputFormat()
    if form.type != "json_schema":
        raise unsupported("response_format.type", "it is none of text, json_object, json_schema")
    if (given := form.json_schema) is None:
        raise missing("response_format.json_schema")
    return OutputFormat(given.schema, given.name, given.description, given.strict)


def _thinking(form: RequestForm) -> Thinking | None:
    """How much to think, in OpenAI's word, else OpenRouter's form, else Anthropic's."""
    if form.reasoning_effort is not None:
        return Thinking(effort=form.reasoning_effort)
    if (reasoning := form.reasoning) is not None:
        if reasoning.enabled is False:
            return Thinking(effort="none")
        if reasoning.effort is None and reasoning.max_tokens is None:
            return Thinking(effort="medium") if reasoning.enabled else None
        return Thinking(effort=reasoning.effort, tokens=reasoning.max_tokens)
    if (thinking := form.thinking) is None:
        return None
    if thinking.type == "enabled" and thinking.budget_tokens is None:
        raise missing("thinking.budget_tokens")
    if thinking.type == "disabled":
        return Thinking(effort="none")
    if thinking.type == "adaptive":
        return Thinking(adaptive=True)
    return Thinking(tokens=thinking.budget_tokens)


def _tier(tier: str | None) -> str | None:
    if tier is None or tier == TIER_DEFAULT:
        return None
    if tier == "scale":
        raise unsupported("service_tier", "only OpenAI sells this tier")
    if (known := TIERS.get(tier)) is None:
        raise invalid("service_tier", f"one of {', '.join((TIER_DEFAULT, *TIERS))}")
    return known


def _ignored(form: RequestForm) -> list[str]:
    ignored = [name for name in HINTS if getattr(form, name) is not None]
    if form.stream_options is not None and form.stream_options.include_obfuscation is not None:
        ignored.append("stream_options.include_obfuscation")
    return ignored
