"""Usage as OpenAI reports it: chat, completions, embeddings and Responses.

Cached, cache-write and audio tokens are inside the prompt's count, reasoning inside the
completion's. A provider that reports a part larger than its whole (OpenRouter: more reasoning than
completion) gets the part cut to the whole.
"""

from collections.abc import Mapping
from typing import Any

from billing.tokens import Tokens
from billing.usage.dialects import XAI
from billing.usage.openai_variants import MARKS, in_openai_form
from billing.usage.reported import Spelling, count, mapping

CHAT = Spelling(
    "prompt_tokens", "completion_tokens", "prompt_tokens_details", "completion_tokens_details"
)
RESPONSES = Spelling(
    "input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details"
)


def read_openai(usage: Mapping[str, Any], spelling: Spelling, dialect: str) -> Tokens:
    """A usage object of OpenAI or of a server that is compatible with it."""
    prompt = count(usage, spelling.input)
    completion = count(usage, spelling.output)
    hidden = count(usage, "total_tokens") > prompt + completion
    apart = dialect == XAI and spelling is CHAT
    if hidden or apart or not MARKS.isdisjoint(usage):
        return _read_form(in_openai_form(usage, spelling, apart), spelling)
    if _is_empty(usage.get(spelling.input_details)) and _is_empty(
        usage.get(spelling.output_details)
    ):
        return Tokens(prompt, 0, 0, completion)
    return _read_form(usage, spelling)


def _read_form(usage: Mapping[str, Any], spelling: Spelling) -> Tokens:
    """A usage object in OpenAI's own form."""
    prompt = count(usage, spelling.input)
    completion = count(usage, spelling.output)
    given = mapping(usage, spelling.input_details)
    made = mapping(usage, spelling.output_details)
    cached = min(count(given, "cached_tokens"), prompt)
    cached_apart = mapping(given, "cached_tokens_details")
    return Tokens(
        input=prompt,
        cached_input=cached,
        cache_write=min(count(given, "cache_write_tokens"), prompt - cached),
        output=completion,
        reasoning=min(count(made, "reasoning_tokens"), completion),
        input_audio=count(given, "audio_tokens"),
        cached_input_audio=count(cached_apart, "audio_tokens"),
        output_audio=count(made, "audio_tokens"),
        input_image=count(given, "image_tokens"),
        cached_input_image=count(cached_apart, "image_tokens"),
        output_image=count(made, "image_tokens"),
        input_video=count(given, "video_tokens"),
        output_video=count(made, "video_tokens"),
        web_searches=count(usage, "num_search_queries"),
    )


def _is_empty(details: Any) -> bool:
    """Whether details are missing or say nothing but zeros, which is most of the time."""
    return details is None or (isinstance(details, dict) and not any(details.values()))
