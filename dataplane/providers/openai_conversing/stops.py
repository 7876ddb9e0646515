"""Why an answer ended, from the words of many servers."""

from typing import Any

from dataplane.conversation.answer import Stop

# Anything else, "" (Snowflake), null and `eos` (Together) among it, is a regular end.
STOPS = {
    "length": Stop.LENGTH,
    "max_tokens": Stop.LENGTH,
    "model_length": Stop.LENGTH,  # Mistral
    "content_filter": Stop.FILTERED,
    "safety": Stop.FILTERED,
    "stop_sequence": Stop.STOP_SEQUENCE,
}
# The server gave up: OpenRouter, DeepSeek.
GAVE_UP = frozenset({"error", "insufficient_system_resource"})


def stop_of(reason: Any, *, has_calls: bool, has_refused: bool, sequence: Any = None) -> Stop:
    """Calls wait for results whatever is said: a forced call ends with `stop` at OpenAI."""
    stop = STOPS.get(reason) if isinstance(reason, str) else None
    if stop is not None:
        return stop
    if has_calls:
        return Stop.TOOL_CALLS
    if has_refused:
        return Stop.REFUSAL
    return Stop.STOP_SEQUENCE if isinstance(sequence, str) else Stop.END


def gave_up(reason: Any) -> bool:
    return isinstance(reason, str) and reason in GAVE_UP
