"""Effort in words, and in tokens of thought: the one table between them.

Some models are told how hard to think in a word (OpenAI, newer Claude and Gemini), others get a
ceiling in tokens (older Claude and Gemini). The ceilings are ours: no provider documents what its
words come to.
"""

EFFORT_TOKENS = {
    "none": 0,
    "minimal": 1_024,
    "low": 2_048,
    "medium": 8_192,
    "high": 16_384,
    "xhigh": 32_768,
    "max": 32_768,
}
"""What an effort comes to where a provider takes tokens only; 0 turns thinking off."""
THINKING_TOKENS_MIN = 1_024
"""Anthropic refuses less, and little comes of less elsewhere."""


def thinking_tokens(effort: str, output_tokens_max: int | None) -> int:
    """The ceiling for an effort, always below the limit of the output it is a part of.

    A quarter of that limit is left for the answer. 0 means off: asked for, or no room.
    """
    tokens = EFFORT_TOKENS[effort]
    if tokens == 0 or output_tokens_max is None:
        return tokens
    if output_tokens_max <= THINKING_TOKENS_MIN:
        return 0
    return max(THINKING_TOKENS_MIN, min(tokens, output_tokens_max * 3 // 4))


def effort_of(tokens: int) -> str:
    """The word for a ceiling, from the words that every model with effort knows."""
    if tokens <= 0:
        return "none"
    words = ("low", "medium", "high")
    return next((word for word in words if tokens <= EFFORT_TOKENS[word]), "high")
