"""Chunks and answers of chat completions, which say `Hello` (synthetic)."""

from typing import Any

DONE = "[DONE]"
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
ALONE = {"choices": [], "usage": USAGE}
START = {"id": "c-1", "model": "m", "object": "chat.completion.chunk"}


def chunk(delta: dict[str, Any], finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**START, "choices": [choice], **fields}


def message(finish: str | None = "stop", **said: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **said}, "finish_reason": finish}
    return {**START, "object": "chat.completion", "choices": [choice], "usage": USAGE}


ROLE, HEL, LO = chunk({"role": "assistant"}), chunk({"content": "Hel"}), chunk({"content": "lo"})
STOP = chunk({}, "stop")
HELLO_SAID = [ROLE, HEL, LO, STOP]
