"""Thoughts: under which names servers tell them, and which servers want them back.

OpenRouter's `reasoning_details` have facts that it needs again (a format, an id); they travel with
the proof, which is opaque to everyone else.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from dataplane.conversation.parts import Reasoning
from dataplane.conversation.signatures import made_by, marked
from dataplane.providers.openai_conversing.forms import Said

TEXT, ENCRYPTED = "reasoning.text", "reasoning.encrypted"
FACTS = ("format", "id")
PROOF = "proof"
OPENROUTER = "openrouter"

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode

Detail = dict[str, Any]


def read_thoughts(said: Said) -> list[Reasoning]:
    """From `reasoning_content` (DeepSeek, Z.ai, GPUStack), `reasoning` (Groq, Ollama, OpenRouter,
    Cerebras), and the details where they say more than the text does."""
    given = said.reasoning_details if isinstance(said.reasoning_details, list) else ()
    details = [detail for detail in given if isinstance(detail, dict)]
    text = _text(said.reasoning_content) or _text(said.reasoning)
    if text and not any(_proof(detail) for detail in details):
        return [Reasoning(text)]
    thoughts = [_thought(detail) for detail in details]
    if text and not any(thought.text for thought in thoughts):
        thoughts.insert(0, Reasoning(text))
    return [each for each in thoughts if each.text or each.signature or each.redacted]


def detail_of(thought: Reasoning, index: int) -> Detail | None:
    """What OpenRouter gets back; None where the proof is another's, and worthless to it."""
    proof = thought.redacted if thought.redacted is not None else thought.signature
    facts = _unpack(proof) if proof else {}
    if facts is None:
        return None
    kept = {name: facts[name] for name in FACTS if name in facts}
    if thought.redacted is not None:
        return {"type": ENCRYPTED, "data": facts.get(PROOF), **kept, "index": index}
    detail = {"type": TEXT, "text": thought.text, **kept, "index": index}
    return {**detail, "signature": facts[PROOF]} if facts else detail


def _thought(detail: Detail) -> Reasoning:
    proof = _proof(detail)
    packed = _pack(proof, detail) if proof else None
    if detail.get("type") == ENCRYPTED:
        return Reasoning(redacted=packed)
    text = _text(detail.get("text")) or _text(detail.get("summary"))
    return Reasoning(text, signature=packed)


def _proof(detail: Mapping[str, Any]) -> str:
    name = "data" if detail.get("type") == ENCRYPTED else "signature"
    return _text(detail.get(name))


def _pack(proof: str, detail: Detail) -> str:
    facts = {name: detail[name] for name in FACTS if detail.get(name) is not None}
    return marked(_encode({PROOF: proof, **facts}).decode(), OPENROUTER)


def _unpack(packed: str | None) -> Detail | None:
    """The proof, and the facts beside it; None for what was not packed here."""
    try:
        facts = _decode(made_by(OPENROUTER, packed) or "")
    except msgspec.DecodeError:
        return None
    return facts if isinstance(facts.get(PROOF), str) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
