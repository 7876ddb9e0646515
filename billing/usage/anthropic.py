"""Usage as Anthropic reports it, also for Claude on Bedrock (InvokeModel) and on Vertex.

`input_tokens` excludes what was read from or written to the cache. With `iterations`, the figures
on top are those of the ordinary steps alone: compaction stands only in its step, and an advisor is
another model, billed at that model's price.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from billing.errors import UsageMalformed
from billing.tokens import NO_TOKENS, Tokens
from billing.usage.reported import NAME_LENGTH_MAX, ReportedUsage, count, entries, mapping

OWN_STEPS = ("message", "compaction")


class Figures(NamedTuple):
    """What Anthropic counts, without overlaps on the input side."""

    fresh_input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0
    thinking: int = 0
    web_searches: int = 0


def read_anthropic(usage: Mapping[str, Any], service_tier: str | None) -> ReportedUsage:
    """The tokens of the model that was called, and those of others."""
    on_top, own_steps = _figures(usage), Figures()
    others: dict[str, Tokens] = {}
    for step in entries(usage, "iterations"):
        if model := _other_model(step):
            others[model] = others.get(model, NO_TOKENS) + _tokens(_figures(step))
        else:
            own_steps = Figures(*map(sum, zip(own_steps, _figures(step), strict=True)))
    # Steps are a breakdown or more, never less: the larger figure holds everything billed.
    figures = Figures(*map(max, on_top, own_steps))
    return ReportedUsage(_tokens(figures), service_tier, tuple(others.items()))


def _figures(usage: Mapping[str, Any]) -> Figures:
    written = mapping(usage, "cache_creation")
    one_hour = count(written, "ephemeral_1h_input_tokens", "cache_creation")
    five_minutes = count(written, "ephemeral_5m_input_tokens", "cache_creation")
    return Figures(
        fresh_input=count(usage, "input_tokens"),
        cache_read=count(usage, "cache_read_input_tokens"),
        # Older answers tell only the sum of both lifetimes.
        cache_write_5m=max(five_minutes, count(usage, "cache_creation_input_tokens") - one_hour),
        cache_write_1h=one_hour,
        output=count(usage, "output_tokens"),
        thinking=count(mapping(usage, "output_tokens_details"), "thinking_tokens"),
        web_searches=count(mapping(usage, "server_tool_use"), "web_search_requests"),
    )


def _tokens(figures: Figures) -> Tokens:
    cache_write = figures.cache_write_5m + figures.cache_write_1h
    return Tokens(
        input=figures.fresh_input + figures.cache_read + cache_write,
        cached_input=figures.cache_read,
        cache_write=cache_write,
        output=figures.output,
        reasoning=min(figures.thinking, figures.output),
        cache_write_1h=figures.cache_write_1h,
        web_searches=figures.web_searches,
    )


def _other_model(step: Mapping[str, Any]) -> str | None:
    """The model that made a step, unless it is the one that was called."""
    model = step.get("model")
    if model is None or step.get("type") in OWN_STEPS:
        return None
    if not isinstance(model, str) or len(model) > NAME_LENGTH_MAX:
        raise UsageMalformed("iterations.model is not the name of a model")
    return model
