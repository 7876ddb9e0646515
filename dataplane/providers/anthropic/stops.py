"""Why Claude stopped. https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons"""

from typing import Any

from dataplane.conversation.answer import Stop

STOPS = {
    "end_turn": Stop.END,
    "max_tokens": Stop.LENGTH,
    "model_context_window_exceeded": Stop.LENGTH,
    "stop_sequence": Stop.STOP_SEQUENCE,
    "tool_use": Stop.TOOL_CALLS,
    "refusal": Stop.REFUSAL,
    "pause_turn": Stop.PAUSE,
    "compaction": Stop.PAUSE,
}


def stop_of(reason: Any) -> Stop:
    """A reason that nobody has heard of is a regular end."""
    return STOPS.get(reason, Stop.END) if isinstance(reason, str) else Stop.END


def text_of(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def details_of(stop_details: Any) -> dict[str, Any]:
    """What is said of a refusal: its category, and an explanation."""
    return stop_details if isinstance(stop_details, dict) else {}
