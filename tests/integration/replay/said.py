"""What a provider said in a recording, read from its own bytes by rules of this file alone."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from botocore.eventstream import EventStreamBuffer

from tests.recordings import Recording, body_of

Json = dict[str, Any]

PROVIDERS_OWN = "server_tool_use"
"""A tool that the provider runs itself; nobody is asked to."""
END, LENGTH, TOOLS, FILTERED = "end", "length", "tools", "filtered"


@dataclass
class Said:
    """An answer as people understand it."""

    text: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    """Functions and their arguments, parsed."""
    refusal: str = ""
    stop: str | None = None

    def call(self, name: str, arguments: Any) -> None:
        parsed = json.loads(arguments or "{}") if isinstance(arguments, str) else arguments
        self.calls.append((name, parsed))

    def settled(self) -> "Said":
        """Whoever calls a tool stops for it, whatever the provider calls that."""
        if self.calls and self.stop == END:
            self.stop = TOOLS
        return self


def said(record: Recording) -> Said:
    return READERS[record["api"]](record).settled()


def events(record: Recording) -> list[Json]:
    """The JSON of server-sent events; whole bodies count as one."""
    text = body_of(record).decode().replace("\r\n", "\n")
    if not record["streaming"]:
        return [json.loads(text)]
    datas = (line[5:].strip() for line in text.split("\n") if line.startswith("data:"))
    return [json.loads(data) for data in datas if data.startswith("{")]


CHAT_STOPS = {
    "stop": END,
    "eos": END,
    "": END,
    "length": LENGTH,
    "tool_calls": TOOLS,
    "function_call": TOOLS,
    "content_filter": FILTERED,
}


def _chat(record: Recording) -> Said:
    heard, calls = Said(), {}
    for chunk in events(record):
        for choice in chunk.get("choices") or []:
            if choice.get("index", 0) == 0:
                _chat_choice(choice, heard, calls)
    for name, arguments in calls.values():
        heard.call(name, arguments)
    return heard


def _chat_choice(choice: Json, heard: Said, calls: dict[Any, list[str]]) -> None:
    message = choice.get("delta") or choice.get("message") or {}
    content = message.get("content")
    if isinstance(content, list):  # Mistral's: thoughts and texts
        content = "".join(part.get("text", "") for part in content if part["type"] == "text")
    heard.text += content or ""
    heard.refusal += message.get("refusal") or ""
    for place, call in enumerate(message.get("tool_calls") or []):
        known = calls.setdefault(call.get("index", place), ["", ""])
        known[0] += call["function"].get("name") or ""
        known[1] += call["function"].get("arguments") or ""
    if choice.get("finish_reason") is not None:
        heard.stop = CHAT_STOPS[choice["finish_reason"]]


def _responses(record: Recording) -> Said:
    heard = Said()
    final = events(record)[-1]
    response = final.get("response", final)
    for item in response["output"]:
        if item["type"] == "function_call":
            heard.call(item["name"], item["arguments"])
        for part in item.get("content") or [] if item["type"] == "message" else []:
            heard.text += part.get("text", "")
            heard.refusal += part.get("refusal", "")
    reason = (response.get("incomplete_details") or {}).get("reason")
    heard.stop = {None: END, "max_output_tokens": LENGTH, "content_filter": FILTERED}[reason]
    return heard


ANTHROPIC_STOPS = {
    "end_turn": END,
    "stop_sequence": END,
    "pause_turn": END,
    "max_tokens": LENGTH,
    "tool_use": TOOLS,
    "refusal": FILTERED,
}


def _anthropic(record: Recording) -> Said:
    heard, blocks = Said(), {}
    for event in events(record):
        if event["type"] == "message":
            blocks = dict(enumerate(event["content"]))
            heard.stop = ANTHROPIC_STOPS[event["stop_reason"]]
        elif event["type"] == "content_block_start":
            blocks[event["index"]] = {**event["content_block"], "json": ""}
        elif event["type"] == "content_block_delta":
            block, delta = blocks[event["index"]], event["delta"]
            block["text"] = block.get("text", "") + delta.get("text", "")
            block["json"] += delta.get("partial_json", "")
        elif event["type"] == "message_delta":
            heard.stop = ANTHROPIC_STOPS[event["delta"]["stop_reason"]]
    for block in blocks.values():
        if block["type"] == "text":
            heard.text += block["text"]
        elif block["type"] == "tool_use":
            heard.call(block["name"], block.get("json") or block["input"])
    return heard


BEDROCK_STOPS = {
    "end_turn": END,
    "stop_sequence": END,
    "max_tokens": LENGTH,
    "tool_use": TOOLS,
    "guardrail_intervened": FILTERED,
    "content_filtered": FILTERED,
}


def _converse(record: Recording) -> Said:
    answer = json.loads(body_of(record))
    heard = Said(stop=BEDROCK_STOPS[answer["stopReason"]])
    for block in answer["output"]["message"]["content"]:
        heard.text += block.get("text", "")
        if (use := block.get("toolUse")) and use.get("type") != PROVIDERS_OWN:
            heard.call(use["name"], use["input"])
    return heard


def _converse_stream(record: Recording) -> Said:
    heard, tools = Said(), {}
    for kind, event in frames(body_of(record)):
        place = event.get("contentBlockIndex")
        use = event.get("start", {}).get("toolUse")
        if use is not None and use.get("type") != PROVIDERS_OWN:
            tools[place] = [use["name"], ""]
        elif kind == "contentBlockDelta":
            heard.text += event["delta"].get("text", "")
            if "toolUse" in event["delta"] and place in tools:
                tools[place][1] += event["delta"]["toolUse"]["input"]
        elif kind == "messageStop":
            heard.stop = BEDROCK_STOPS[event["stopReason"]]
    for name, arguments in tools.values():
        heard.call(name, arguments)
    return heard


def frames(body: bytes) -> Iterable[tuple[str, Json]]:
    """As AWS's own library reads them."""
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    for message in buffer:
        yield message.headers[":event-type"], json.loads(message.payload)


GEMINI_STOPS = {"STOP": END, 1: END, "MAX_TOKENS": LENGTH, None: FILTERED}


def _gemini(record: Recording) -> Said:
    heard, reasons = Said(), []
    for chunk in events(record):
        for candidate in chunk.get("candidates") or []:
            for part in (candidate.get("content") or {}).get("parts") or []:
                if not part.get("thought"):
                    heard.text += part.get("text", "")
                if call := part.get("functionCall"):
                    heard.call(call["name"], call.get("args") or {})
            if candidate.get("finishReason"):
                reasons.append(candidate["finishReason"])
    heard.stop = GEMINI_STOPS.get(reasons[-1] if reasons else None, FILTERED)
    return heard


READERS: dict[str, Callable[[Recording], Said]] = {
    "openai.chat": _chat,
    "openai.responses": _responses,
    "anthropic.messages": _anthropic,
    "bedrock.converse": _converse,
    "bedrock.converse_stream": _converse_stream,
    "gemini.generate": _gemini,
    "gemini.stream": _gemini,
}
