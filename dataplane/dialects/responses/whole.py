"""The output of an answer that came in one piece."""

from dataplane.conversation.answer import Choice, Stop
from dataplane.conversation.parts import Reasoning, Refusal, Text, ToolCall
from dataplane.dialects.responses import objects
from dataplane.dialects.responses.annotations import annotation
from dataplane.dialects.responses.objects import COMPLETED, Object
from dataplane.dialects.responses.proofs import Proof


def output_of(choice: Choice, ids: str) -> list[Object]:
    """Items in the order of the parts; words that follow each other are one message."""
    items: list[Object] = []
    for part in choice.parts:
        if isinstance(part, Text):
            _add_text(items, part, ids)
        elif isinstance(part, Refusal):
            _message(items, ids)["content"].append(objects.refusal(part.text))
        elif isinstance(part, Reasoning):
            proof = Proof(part.signature, part.redacted)
            items.append(_reasoning(items, part.text, proof, ids))
        elif isinstance(part, ToolCall):
            _add_call(items, part, ids)
    _end(items, choice, ids)
    return items


def _add_text(items: list[Object], part: Text, ids: str) -> None:
    """One part of content as long as words follow, so that JSON stays in one piece."""
    if not part.text and not part.citations:
        return
    content = _message(items, ids)["content"]
    if not content or content[-1]["type"] != "output_text":
        content.append(objects.output_text("", []))
    start = len(content[-1]["text"])
    content[-1]["text"] += part.text
    for citation in part.citations:
        if found := annotation(citation, start, start + len(part.text)):
            content[-1]["annotations"].append(found)


def _add_call(items: list[Object], part: ToolCall, ids: str) -> None:
    if part.signature:
        proof = Proof(calls={part.id: part.signature})
        items.append(_reasoning(items, "", proof, ids))
    item_id = f"fc_{ids}_{len(items)}"
    items.append(objects.function_call(item_id, part.id, part.name, part.arguments, COMPLETED))


def _reasoning(items: list[Object], text: str, proof: Proof, ids: str) -> Object:
    return objects.reasoning(f"rs_{ids}_{len(items)}", text, proof, COMPLETED)


def _message(items: list[Object], ids: str) -> Object:
    """The one that is being written, or a new one."""
    if not items or items[-1]["type"] != "message":
        items.append(objects.message(f"msg_{ids}_{len(items)}", [], COMPLETED))
    return items[-1]


def _end(items: list[Object], choice: Choice, ids: str) -> None:
    said = any(isinstance(part, Refusal) for part in choice.parts)
    if choice.stop is Stop.REFUSAL and not said:
        words = objects.words_of_refusal(choice.details)
        _message(items, ids)["content"].append(objects.refusal(words))
    if items:
        items[-1]["status"] = objects.status_of_items(choice.stop)
