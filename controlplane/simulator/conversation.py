"""What is asked and what is said, in no dialect. Everything a dialect writes comes from here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from controlplane.simulator import models
from controlplane.simulator.replies import Refused
from controlplane.simulator.tools import Tool, ToolCall, choose, example
from controlplane.simulator.wording import NOTICE, Utterance, count, say, tokenize

TURN_TOKENS = 4
MEDIA_TOKENS = 85
THOUGHT = "It was asked something. All that a simulator can do is to say it again."


@dataclass(frozen=True)
class Asked:
    """A request, as far as the simulator heeds it."""

    model: str
    turns: Sequence[str]
    media: int = 0
    tools: Sequence[Tool] = ()
    tool_choice: str = "auto"
    """`auto`, `none`, `required`, or `named:` and a tool."""
    parallel: bool = True
    tokens_max: int | None = None
    stop: Sequence[str] = ()
    thinks: bool = False
    schema: Any = None
    """What JSON is to look like; True for any."""

    @property
    def input_tokens(self) -> int:
        offered = [[tool.name, tool.schema] for tool in self.tools]
        tools = count(msgspec.json.encode(offered).decode()) if offered else 0
        spoken = sum(TURN_TOKENS + count(turn) for turn in self.turns)
        return spoken + tools + MEDIA_TOKENS * self.media


@dataclass(frozen=True)
class Said:
    """The answer: thoughts, words, calls of tools."""

    model: str
    input_tokens: int
    thoughts: Sequence[str]
    words: Utterance
    calls: Sequence[ToolCall] = field(default_factory=list)

    @property
    def thought(self) -> str:
        return "".join(self.thoughts)

    @property
    def output_tokens(self) -> int:
        called = sum(call.tokens for call in self.calls)
        return len(self.thoughts) + len(self.words.tokens) + called

    @property
    def stop(self) -> str:
        """`length`, `tool_calls`, `stop_sequence` or `end`."""
        if self.calls:
            return "tool_calls"
        if self.words.is_cut:
            return "length"
        return "end" if self.words.stopped_at is None else "stop_sequence"


def answer(asked: Asked) -> Said:
    """Echoes the last turn, or calls the tools that it is to call."""
    models.check(asked.model, models.CHAT)
    prompt = asked.turns[-1] if asked.turns else ""
    calls = choose(asked.tools, asked.tool_choice, prompt, parallel=asked.parallel)
    thoughts = tokenize(THOUGHT)[: asked.tokens_max] if asked.thinks else []
    left = None if asked.tokens_max is None else asked.tokens_max - len(thoughts)
    words = say(_wording(asked, prompt, calls), tokens_max=left, stop=asked.stop)
    return Said(asked.model, asked.input_tokens, thoughts, words, calls)


def signature(thought: str) -> str:
    """What proves that a thought is the simulator's own."""
    return f"c2lt{sha256(f'{NOTICE}{thought}'.encode()).hexdigest()}"


def check_signature(thought: Any, given: Any, param: str) -> None:
    if not isinstance(thought, str) or given != signature(thought):
        raise Refused("the signature of a thought is not the simulator's.", param=param)


def _wording(asked: Asked, prompt: str, calls: Sequence[ToolCall]) -> str:
    if calls:
        return f"{NOTICE} It calls {' and '.join(call.name for call in calls)}, as asked."
    if isinstance(asked.schema, dict):
        return msgspec.json.encode(example(asked.schema)).decode()
    if asked.schema is not None:
        return msgspec.json.encode({"notice": NOTICE, "you_said": prompt}).decode()
    return f"{NOTICE} You said: {prompt}"
