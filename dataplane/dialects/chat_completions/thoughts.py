"""Thoughts in OpenRouter's form: pieces of text with their proof, or sealed altogether.

`reasoning_content` is what people read; `reasoning_details` is what goes back to the provider.
"""

from typing import Any

from dataplane.conversation.parts import Reasoning
from dataplane.dialects.chat_completions.forms import MessageForm, ReasoningDetail
from dataplane.dialects.faults import unsupported

TEXT = "reasoning.text"
SUMMARY = "reasoning.summary"
ENCRYPTED = "reasoning.encrypted"


def detail_of(thought: Reasoning, index: int) -> dict[str, Any]:
    """One whole thought, or a piece of it, as a client gets it."""
    if thought.redacted is not None:
        return {"type": ENCRYPTED, "data": thought.redacted, "index": index}
    detail: dict[str, Any] = {"type": TEXT, "text": thought.text, "index": index}
    if thought.signature is not None:
        detail["signature"] = thought.signature
    return detail


def read_thoughts(form: MessageForm, path: str) -> list[Reasoning]:
    """What a client gives back of them."""
    if form.reasoning_details:
        return _read_details(form.reasoning_details, f"{path}.reasoning_details")
    for name, text in (
        ("reasoning_content", form.reasoning_content),
        ("reasoning", form.reasoning),
    ):
        if text:
            return [Reasoning(text, path=f"{path}.{name}")]
    return []


def _read_details(details: list[ReasoningDetail], path: str) -> list[Reasoning]:
    """Clients that collect a stream give back its pieces, which the index holds together."""
    thoughts: list[Reasoning] = []
    last: int | None = None
    for place, detail in enumerate(details):
        here = f"{path}[{place}]"
        if detail.type == ENCRYPTED:
            thoughts.append(Reasoning(redacted=detail.data or "", path=here))
            last = None
        elif detail.type not in (TEXT, SUMMARY):
            raise unsupported(f"{here}.type", "thoughts of this type are not known here")
        elif detail.index is not None and detail.index == last:
            _go_on(thoughts[-1], detail)
        else:
            text = detail.text or detail.summary or ""
            thoughts.append(Reasoning(text, detail.signature, path=here))
            last = detail.index
    return thoughts


def _go_on(thought: Reasoning, detail: ReasoningDetail) -> None:
    thought.text += detail.text or detail.summary or ""
    thought.signature = detail.signature or thought.signature
