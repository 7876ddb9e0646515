"""A provider's own usage object, read into tokens that mean the same for every provider.

An object is read as the form it shows: Claude on Vertex reports as Anthropic does, a compatible
server as OpenAI. The dialect of its provider only decides what the object itself leaves open.
"""

from collections.abc import Mapping
from typing import Any

from billing.errors import UsageMalformed
from billing.usage.anthropic import read_anthropic
from billing.usage.bedrock import INPUT, OUTPUT, read_bedrock
from billing.usage.dialects import SERVICE_TIERS, dialect_for, service_tier
from billing.usage.gemini import read_gemini
from billing.usage.openai import CHAT, RESPONSES, read_openai
from billing.usage.reported import ReportedUsage

__all__ = ["SERVICE_TIERS", "ReportedUsage", "dialect_for", "read_usage"]

# Where answers and events of streams keep their usage object.
WRAPPERS = (
    "usage",
    "usageMetadata",
    "x_groq",
    "response",
    "message",
    "statistics",
    "amazon-bedrock-invocationMetrics",
)
WRAPPERS_DEEP_MAX = 3

CHAT_MARKS = frozenset({"prompt_tokens", "completion_tokens", "total_tokens"})
TWO_SIDES_MARKS = frozenset({"input_tokens", "output_tokens"})
ANTHROPIC_MARKS = frozenset(
    {"cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation", "iterations"}
)
RESPONSES_MARKS = frozenset({"total_tokens", "input_tokens_details", "input_token_details"})
BEDROCK_MARKS = frozenset({*INPUT, *OUTPUT})
GEMINI_MARKS = frozenset(
    {
        "promptTokenCount",
        "candidatesTokenCount",
        "thoughtsTokenCount",
        "totalTokenCount",
        "totalTokens",
        "token_count",
        "trafficType",
    }
)


def read_usage(dialect: str, usage: Any) -> ReportedUsage:
    """Reads a usage object, bare or inside the answer it came with. Raises `UsageMalformed`."""
    if not isinstance(usage, dict):
        raise UsageMalformed("usage is not an object")
    if "prompt_tokens" in usage:  # nearly every request: no wrapper, no tier
        return ReportedUsage(read_openai(usage, CHAT, dialect))
    usage, answers = _unwrap(usage)
    return _read(usage, dialect, _service_tier(usage, *answers))


def _unwrap(answer: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The usage object itself, and the answers around it from the inside out."""
    around: list[dict[str, Any]] = []
    while len(around) < WRAPPERS_DEEP_MAX:
        inner = next((answer[key] for key in WRAPPERS if isinstance(answer.get(key), dict)), None)
        if inner is None:
            break
        around.insert(0, answer)
        answer = inner
    return answer, around


def _read(usage: Mapping[str, Any], dialect: str, tier: str | None) -> ReportedUsage:
    if not BEDROCK_MARKS.isdisjoint(usage):
        return ReportedUsage(read_bedrock(usage), tier)
    if not GEMINI_MARKS.isdisjoint(usage):
        return ReportedUsage(read_gemini(usage), tier)
    if not TWO_SIDES_MARKS.isdisjoint(usage):
        if ANTHROPIC_MARKS.isdisjoint(usage) and not RESPONSES_MARKS.isdisjoint(usage):
            return ReportedUsage(read_openai(usage, RESPONSES, dialect), tier)
        return read_anthropic(usage, tier)
    if not CHAT_MARKS.isdisjoint(usage):
        return ReportedUsage(read_openai(usage, CHAT, dialect), tier)
    raise UsageMalformed("usage has no counts of tokens")


def _service_tier(*objects: Mapping[str, Any]) -> str | None:
    """The tier that the usage object or the answer around it names."""
    if any(each.get("speed") == "fast" for each in objects):  # Anthropic's fast mode
        return "fast"
    names = ("service_tier", "serviceTier", "trafficType")
    return service_tier(*(each.get(name) for each in objects for name in names))
