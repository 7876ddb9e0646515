"""Why Gemini stopped, or did not begin, in our words.

https://ai.google.dev/api/generate-content#FinishReason. Vertex writes the enum's number in answers
with `enum-encoding=int`.
"""

from typing import Any

from dataplane.conversation.answer import Stop

NUMBERS = {
    1: "STOP",
    2: "MAX_TOKENS",
    3: "SAFETY",
    4: "RECITATION",
    5: "OTHER",
    6: "BLOCKLIST",
    7: "PROHIBITED_CONTENT",
    8: "SPII",
    9: "MALFORMED_FUNCTION_CALL",
    10: "MODEL_ARMOR",
}
STOPS = {
    "STOP": Stop.END,
    "MAX_TOKENS": Stop.LENGTH,
    "SAFETY": Stop.FILTERED,
    "RECITATION": Stop.FILTERED,
    "LANGUAGE": Stop.FILTERED,
    "OTHER": Stop.FILTERED,
    "BLOCKLIST": Stop.FILTERED,
    "PROHIBITED_CONTENT": Stop.FILTERED,
    "SPII": Stop.FILTERED,
    "MODEL_ARMOR": Stop.FILTERED,
    "IMAGE_SAFETY": Stop.FILTERED,
    "IMAGE_PROHIBITED_CONTENT": Stop.FILTERED,
    "IMAGE_RECITATION": Stop.FILTERED,
}
NOT_YET = (None, 0, "", "FINISH_REASON_UNSPECIFIED")


def is_stopped(reason: Any) -> bool:
    return reason not in NOT_YET


def stop_of(reason: Any, *, has_calls: bool) -> Stop:
    """Calls of functions come with the reason of any complete answer. A reason that is not known
    (a call that came out malformed, say) ends an answer like any other."""
    name = NUMBERS.get(reason, "") if isinstance(reason, int) else reason
    stop = STOPS.get(name, Stop.END) if isinstance(name, str) else Stop.END
    return Stop.TOOL_CALLS if stop is Stop.END and has_calls else stop


def details_of(reason: Any, message: Any) -> dict[str, Any]:
    """For people to read, where the stop alone does not say it."""
    name = NUMBERS.get(reason, str(reason)) if isinstance(reason, int) else reason
    if not isinstance(name, str) or name in ("STOP", "MAX_TOKENS"):
        return {}
    said = {"message": message} if isinstance(message, str) and message else {}
    return {"reason": name, **said}
