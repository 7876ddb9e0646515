"""Why an answer ended, in OpenAI's words."""

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


def finish_reason(stop: Stop, *, says_refusal: bool, is_legacy: bool) -> str:
    """A refusal in words ends as any answer does; one without words looks like a filter's."""
    if stop is Stop.REFUSAL and says_refusal:
        return FINISH_REASONS[Stop.END]
    if stop is Stop.TOOL_CALLS and is_legacy:
        return LEGACY_CALL
    return FINISH_REASONS[stop]
