"""Why an answer ended, in OpenAI's words."""

from typing import Any

from dataplane.conversation.answer import Stop

LEGACY_CALL = "function_call"
FINISH_REASONS = {
    Stop.END: "stop",
    Stop.STOP_SEQUENCE: "stop",
    Stop.PAUSE: "stop",
    Stop.LENGTH: "length",
    Stop.TOOL_CALLS: "tool_calls",
    Stop.REFUSAL: "content_filter",
    Stop.FILTERED: "content_filter",
}


EXPLANATION = "explanation"


def explanation(stop: Stop, details: dict[str, Any]) -> str | None:
    """Why the model declined, where not it but its provider says so (Anthropic)."""
    words = details.get(EXPLANATION) if stop is Stop.REFUSAL else None
    return words if isinstance(words, str) and words else None


def finish_reason(stop: Stop, *, says_refusal: bool, is_legacy: bool) -> str:
    """A model that declines in words has finished; one that was stopped looks like a filter's."""
    if stop is Stop.REFUSAL and says_refusal:
        return FINISH_REASONS[Stop.END]
    if stop is Stop.TOOL_CALLS and is_legacy:
        return LEGACY_CALL
    return FINISH_REASONS[stop]
