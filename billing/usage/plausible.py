"""Which reported counts are billed, and which are nonsense.

A provider's bill follows what it reports, so a count above what was set aside is still owed: it is
booked in full, and the excess is counted as an overrun. That holds for every count a model could
have come to. What no model could have come to is not a bill but a fault (in a server, or on the
way here), and booking it would empty a budget for nothing: the call is booked at all that was set
aside for it, and flagged. The same holds for what cannot be read as a count at all.

Between the two lies a bound that no real call comes near. One call may pass its model's window many
times (steps of a provider's own tools, a hundred answers to one prompt, long research), but not
`WINDOWS_MAX` times; where the window is not known, no call has `TOKENS_MAX` tokens.
"""

from billing.tokens import Tokens

WINDOWS_MAX = 64
TOKENS_MAX = 10**9
SEARCHES_MAX = 10_000


def is_plausible(tokens: Tokens, window_tokens: int | None, body_bytes: int) -> bool:
    """Whether a call of a model with such a window, sent in so many bytes, can have come to this.

    The bytes matter for embeddings alone: each of many inputs has a window of its own.
    """
    most = TOKENS_MAX
    if window_tokens is not None:
        most = min(TOKENS_MAX, WINDOWS_MAX * max(window_tokens, body_bytes))
    return tokens.input <= most >= tokens.output and tokens.web_searches <= SEARCHES_MAX
