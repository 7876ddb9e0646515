"""Servers that are compatible with OpenAI, but not in what they report: put into OpenAI's form.

* Cached tokens have many names outside the details (DeepSeek, Mistral, Hugging Face, …).
* Thinking may hide in `total_tokens` alone (Gemini's OpenAI endpoint) or be reported next to the
  completion (xAI): either way the total exceeds prompt and completion by what else was generated.
* Mistral counts audio input in `total_tokens` alone, and says so by `prompt_audio_seconds`.
* Perplexity's deep research reports reasoning and citations next to prompt and completion, outside
  the total. Citations are text that the model was given, so they are input.
* Voyage reports `total_tokens` alone: embeddings, so all of it is input.
"""

from collections.abc import Mapping
from typing import Any

from billing.usage.reported import Spelling, count, first_count, mapping

CACHED = (
    "prompt_cache_hit_tokens",  # DeepSeek
    "num_cached_tokens",  # Mistral
    "cached_tokens",  # Hugging Face, Moonshot
    "cached_prompt_text_tokens",  # xAI
    "cache_read_input_tokens",  # Databricks; Perplexity, in the details
)
CACHE_WRITE = ("cache_creation_input_tokens",)
NOT_IN_TOTAL = ("citation_tokens", "num_search_queries")
MARKS = frozenset(
    {
        *CACHED,
        *CACHE_WRITE,
        *NOT_IN_TOTAL,
        "input_token_details",
        "output_token_details",
        "prompt_audio_seconds",
        "reasoning_tokens",
        "server_tool_use_details",
        "tool_calls_details",
    }
)


def in_openai_form(
    usage: Mapping[str, Any], spelling: Spelling, reasoning_apart: bool
) -> dict[str, Any]:
    """The same counts under OpenAI's names, each inside the whole it is a part of."""
    given = _details(usage, spelling.input_details, "input_token_details")
    made = _details(usage, spelling.output_details, "output_token_details")
    given["cached_tokens"] = first_count(given, ("cached_tokens", *CACHED)) or first_count(
        usage, CACHED
    )
    given["cache_write_tokens"] = count(given, "cache_write_tokens") or first_count(
        usage, CACHE_WRITE
    )
    made["reasoning_tokens"] = count(made, "reasoning_tokens") or count(usage, "reasoning_tokens")
    form = {
        spelling.input: count(usage, spelling.input),
        spelling.output: count(usage, spelling.output),
        spelling.input_details: given,
        spelling.output_details: made,
        "num_search_queries": _web_searches(usage),
    }
    _place_what_is_apart(form, usage, spelling, reasoning_apart)
    return form


def _details(usage: Mapping[str, Any], *spellings: str) -> dict[str, Any]:
    """The details under either of their names (the realtime API drops an s)."""
    return {name: value for key in spellings for name, value in mapping(usage, key).items()}


def _web_searches(usage: Mapping[str, Any]) -> int:
    """Searches as Perplexity (two APIs) and OpenRouter count them."""
    return (
        count(usage, "num_search_queries")
        or count(mapping(usage, "server_tool_use_details"), "web_search_requests")
        or count(mapping(mapping(usage, "tool_calls_details"), "search_web"), "invocation")
    )


def _place_what_is_apart(
    form: dict[str, Any], usage: Mapping[str, Any], spelling: Spelling, reasoning_apart: bool
) -> None:
    """Adds tokens that were reported next to prompt and completion to the one they belong to."""
    made, given = form[spelling.output_details], form[spelling.input_details]
    total = count(usage, "total_tokens")
    unplaced = max(total - form[spelling.input] - form[spelling.output], 0)
    if any(name in usage for name in NOT_IN_TOTAL):
        form[spelling.input] += count(usage, "citation_tokens")
        form[spelling.output] += made["reasoning_tokens"]
    elif spelling.output not in usage:
        form[spelling.input] += unplaced
    elif usage.get("prompt_audio_seconds"):
        form[spelling.input] += unplaced
        given["audio_tokens"] = count(given, "audio_tokens") + unplaced
    elif reasoning_apart and not total:
        form[spelling.output] += made["reasoning_tokens"]
    else:
        form[spelling.output] += unplaced
        made["reasoning_tokens"] = max(made["reasoning_tokens"], unplaced)
