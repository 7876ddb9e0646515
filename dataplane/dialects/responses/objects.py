"""The objects of an answer: the response, and the items of its output."""

import time
from typing import Any

import msgspec

from billing.tokens import Tokens
from dataplane.conversation.answer import Stop
from dataplane.dialects.responses import proofs
from dataplane.dialects.responses.proofs import Proof
from dataplane.request import GatewayRequest

Object = dict[str, Any]

COMPLETED = "completed"
INCOMPLETE = "incomplete"
IN_PROGRESS = "in_progress"
# Why a response is incomplete. A turn that the provider cut has no word of its own.
REASONS = {
    Stop.LENGTH: "max_output_tokens",
    Stop.PAUSE: "max_output_tokens",
    Stop.FILTERED: "content_filter",
}
# Settings that an answer repeats, and what OpenAI says where the client did not. None is said of
# what the provider decides.
REPEATED: Object = {
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": None,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": None,
    "truncation": "disabled",
    "user": None,
}
NULL = b"null"
NO_REFUSAL = "The model declined to answer."


class ResponseObject:
    """One response, at any moment of it."""

    def __init__(self, call: GatewayRequest) -> None:
        self.ids = call.id.removeprefix("req_")
        self._model = call.model_requested
        self._fixed: Object = {
            "id": f"resp_{self.ids}",
            "object": "response",
            "created_at": int(call.at.timestamp()),
            "background": False,
            "error": None,
            "previous_response_id": None,
            "store": False,
            **{name: _repeated(call, name) for name in REPEATED},
        }

    def begun(self, model: str) -> Object:
        return {
            **self._fixed,
            "status": IN_PROGRESS,
            "completed_at": None,
            "incomplete_details": None,
            "model": model or self._model,
            "output": [],
            "usage": None,
        }

    def ended(self, model: str, output: list[Object], stop: Stop, usage: Object | None) -> Object:
        reason = REASONS.get(stop)
        return {
            **self._fixed,
            "status": INCOMPLETE if reason else COMPLETED,
            "completed_at": None if reason else int(time.time()),
            "incomplete_details": {"reason": reason} if reason else None,
            "model": model or self._model,
            "output": output,
            "usage": usage,
        }


def _repeated(call: GatewayRequest, name: str) -> Any:
    """As the client wrote it, on one line, as the events of a stream must be."""
    raw = call.fields.get(name)
    if raw is None or bytes(raw) == NULL:
        return REPEATED[name]
    return msgspec.Raw(msgspec.json.format(bytes(raw), indent=-1))


def status_of_items(stop: Stop) -> str:
    """Of the item that was being written when the model stopped."""
    return INCOMPLETE if stop in REASONS else COMPLETED


def usage_of(tokens: Tokens) -> Object:
    return {
        "input_tokens": tokens.input,
        "input_tokens_details": {
            "cache_write_tokens": tokens.cache_write,
            "cached_tokens": tokens.cached_input,
        },
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.input + tokens.output,
    }


def message(item_id: str, content: list[Object], status: str) -> Object:
    return {
        "id": item_id,
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def output_text(text: str, annotations: list[Object]) -> Object:
    return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}


def refusal(text: str) -> Object:
    return {"type": "refusal", "refusal": text}


def summary_text(text: str) -> Object:
    return {"type": "summary_text", "text": text}


def reasoning(item_id: str, text: str, proof: Proof, status: str) -> Object:
    return {
        "id": item_id,
        "type": "reasoning",
        "status": status,
        "summary": [summary_text(text)] if text else [],
        "encrypted_content": proofs.sealed(proof),
    }


def function_call(item_id: str, call_id: str, name: str, arguments: str, status: str) -> Object:
    return {
        "id": item_id,
        "type": "function_call",
        "status": status,
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }


def words_of_refusal(details: Object) -> str:
    """What the provider said of its refusal, else that there was one."""
    for name in ("explanation", "message", "reason"):
        if isinstance(said := details.get(name), str) and said:
            return said
    return NO_REFUSAL
