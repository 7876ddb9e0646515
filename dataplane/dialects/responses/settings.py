"""How the answer shall be: its form, its length, how much thought goes before it."""

from typing import Any

from dataplane.conversation.parts import Text
from dataplane.conversation.request import Conversation, OutputFormat, Thinking
from dataplane.dialects.faults import NAME_LENGTH_MAX, unsupported
from dataplane.dialects.responses.reading import (
    count,
    flag,
    listed,
    mapping,
    nothing_but,
    number,
    one_of,
    optional,
    required,
    text,
)

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
SUMMARIES = ("auto", "concise", "detailed")
VERBOSITIES = ("low", "medium", "high")
TIERS = {"default": "default", "flex": "flex", "priority": "priority", "fast": "priority"}
TIER_USUAL = "auto"
TRUNCATIONS = ("auto", "disabled")
ENCRYPTED_CONTENT = "reasoning.encrypted_content"
LOGPROBS = "message.output_text.logprobs"
OF_PROVIDERS_TOOLS = (
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
)
"""More about items that no answer has, since the tools that make them are refused."""


def read_instructions(value: Any, conversation: Conversation) -> None:
    if instructions := text(value, "instructions"):
        conversation.instructions.append(Text(instructions, "instructions"))


def read_text(value: Any, conversation: Conversation) -> None:
    asked = mapping(value, "text")
    nothing_but(asked, ("format", "verbosity"), "text")
    if (verbosity := asked.get("verbosity")) is not None:
        verbosity = one_of(verbosity, "text.verbosity", VERBOSITIES)
        conversation.verbosity = None if verbosity == "medium" else verbosity
    if (given := asked.get("format")) is not None:
        conversation.output = _output_format(mapping(given, "text.format"))


def _output_format(given: dict[str, Any]) -> OutputFormat | None:
    path = "text.format"
    kind = one_of(given.get("type"), f"{path}.type", ("text", "json_object", "json_schema"))
    if kind != "json_schema":
        nothing_but(given, ("type",), path)
        return OutputFormat() if kind == "json_object" else None
    nothing_but(given, ("type", "name", "schema", "description", "strict"), path)
    strict = given.get("strict")
    return OutputFormat(
        schema=mapping(given.get("schema"), f"{path}.schema"),
        name=required(given, "name", path),
        description=optional(given, "description", path),
        strict=None if strict is None else flag(strict, f"{path}.strict"),
    )


def read_reasoning(value: Any, conversation: Conversation) -> None:
    """`context` decides which thoughts an OpenAI model sees again; others decide that alone."""
    asked = mapping(value, "reasoning")
    known = ("effort", "summary", "generate_summary", "context", "mode")
    nothing_but(asked, known, "reasoning")
    if asked.get("mode", "standard") not in ("standard", None):
        raise unsupported("reasoning.mode")
    if asked.get("context", "auto") not in ("auto", None):
        conversation.ignored.append("reasoning.context")
    effort = asked.get("effort")
    if effort is not None:
        effort = one_of(effort, "reasoning.effort", EFFORTS)
    shown = [_summary(asked, name) for name in ("summary", "generate_summary")]
    if effort is not None or any(shown):
        conversation.thinking = Thinking(effort, shown=any(shown))


def _summary(asked: dict[str, Any], name: str) -> bool:
    value = asked.get(name)
    return value is not None and bool(one_of(value, f"reasoning.{name}", SUMMARIES))


def read_include(value: Any, conversation: Conversation) -> None:
    """Thoughts come back with their proof whether that is asked for or not: nothing is stored."""
    for index, name in enumerate(listed(value, "include")):
        path = f"include[{index}]"
        if text(name, path) == LOGPROBS:
            conversation.logprobs = True
        elif name in OF_PROVIDERS_TOOLS:
            conversation.ignored.append(f"include.{name}")
        elif name != ENCRYPTED_CONTENT:
            raise unsupported(path)


def read_truncation(value: Any, conversation: Conversation) -> None:
    if one_of(value, "truncation", TRUNCATIONS) == "auto":
        raise unsupported("truncation", "the provider drops no turns; send those that shall stay")


def read_service_tier(value: Any, conversation: Conversation) -> None:
    if (tier := text(value, "service_tier")) == TIER_USUAL:
        return
    if tier not in TIERS:
        raise unsupported("service_tier", f"the provider has no tier '{tier[:NAME_LENGTH_MAX]}'")
    conversation.service_tier = TIERS[tier]


def read_max_output_tokens(value: Any, conversation: Conversation) -> None:
    conversation.max_output_tokens = count(value, "max_output_tokens", least=1)


def read_temperature(value: Any, conversation: Conversation) -> None:
    conversation.temperature = number(value, "temperature", most=2)


def read_top_p(value: Any, conversation: Conversation) -> None:
    conversation.top_p = number(value, "top_p", most=1)


def read_top_logprobs(value: Any, conversation: Conversation) -> None:
    """0 is what is had without asking."""
    if count(value, "top_logprobs", least=0):
        conversation.top_logprobs = value


def read_parallel_tool_calls(value: Any, conversation: Conversation) -> None:
    conversation.parallel_tool_calls = flag(value, "parallel_tool_calls")


def read_user(value: Any, conversation: Conversation) -> None:
    conversation.end_user = text(value, "user") or None


def read_safety_identifier(value: Any, conversation: Conversation) -> None:
    """The same as `user` by its newer name, which comes first where both are given."""
    if identifier := text(value, "safety_identifier"):
        if conversation.end_user not in (None, identifier):
            conversation.ignored.append("user")
        conversation.end_user = identifier


def read_stream_options(value: Any, conversation: Conversation) -> None:
    """Padding against eavesdroppers, which we do not do, changes no answer."""
    asked = mapping(value, "stream_options")
    nothing_but(asked, ("include_obfuscation",), "stream_options")
    given = asked.get("include_obfuscation")
    if given is not None and flag(given, "stream_options.include_obfuscation"):
        conversation.ignored.append("stream_options.include_obfuscation")
