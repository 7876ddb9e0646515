"""Usage as Gemini and Vertex report it, in `usageMetadata`.

Thoughts are not inside `candidatesTokenCount`, what tools fed back is not inside
`promptTokenCount`, and cached content is. Counting tokens and embedding answer with a total alone.
"""

from collections.abc import Mapping
from typing import Any

from billing.tokens import Tokens
from billing.usage.reported import count, entries, first_count

PROMPT = ("promptTokenCount", "totalTokens", "token_count")
GENERATED = ("candidatesTokenCount", "responseTokenCount")
# Vertex writes the enum's number in some answers. Documents are billed as images.
MODALITIES: Mapping[Any, str] = {
    "AUDIO": "audio",
    "IMAGE": "image",
    "DOCUMENT": "image",
    "VIDEO": "video",
    2: "image",
    3: "video",
    4: "audio",
    5: "image",
}


def read_gemini(usage: Mapping[str, Any]) -> Tokens:
    """A `usageMetadata` object."""
    prompt = first_count(usage, PROMPT)
    thoughts = count(usage, "thoughtsTokenCount")
    given = _modalities(usage, "promptTokensDetails", "toolUsePromptTokensDetails")
    cached = _modalities(usage, "cacheTokensDetails")
    made = _modalities(usage, "candidatesTokensDetails", "responseTokensDetails")
    return Tokens(
        input=prompt + count(usage, "toolUsePromptTokenCount"),
        cached_input=min(count(usage, "cachedContentTokenCount"), prompt),
        output=first_count(usage, GENERATED) + thoughts,
        reasoning=thoughts,
        input_audio=given["audio"],
        cached_input_audio=cached["audio"],
        output_audio=made["audio"],
        input_image=given["image"],
        cached_input_image=cached["image"],
        output_image=made["image"],
        input_video=given["video"],
        output_video=made["video"],
    )


def _modalities(usage: Mapping[str, Any], *names: str) -> dict[str, int]:
    """Tokens by modality, text left out."""
    tokens = {"audio": 0, "image": 0, "video": 0}
    for name in names:
        for entry in entries(usage, name):
            modality = entry.get("modality")
            if isinstance(modality, str | int) and modality in MODALITIES:
                tokens[MODALITIES[modality]] += count(entry, "tokenCount", name)
    return tokens
