"""An answer in no dialect, whole or in pieces."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from billing.tokens import NO_TOKENS, Tokens
from dataplane.conversation.parts import Part


class Stop(StrEnum):
    """Why the model stopped."""

    END = "end"
    """It had said everything."""
    LENGTH = "length"
    """The limit of the output, or the model's window."""
    STOP_SEQUENCE = "stop_sequence"
    TOOL_CALLS = "tool_calls"
    """It waits for the results of tools."""
    REFUSAL = "refusal"
    """It declined."""
    FILTERED = "filtered"
    """The provider's safety or guardrails held the answer, or the question, back."""
    PAUSE = "pause"
    """A long turn of a provider's own tools was cut; the client may send it on."""


@dataclass(slots=True)
class Completion:
    """A whole answer. Only Gemini and OpenAI give several choices; the first is `choices[0]`."""

    id: str
    model: str
    choices: "list[Choice]"
    tokens: Tokens = NO_TOKENS
    usage: Any = None
    """As the provider reported it: what the books read."""


@dataclass(slots=True)
class Choice:
    parts: list[Part]
    stop: Stop
    stop_sequence: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """What the provider says about a refusal or a filter, for people to read."""


# The pieces of a stream. `choice` is the number of the answer they belong to.


@dataclass(slots=True)
class Started:
    """The provider has begun to answer; no content yet."""

    id: str
    model: str
    tokens: Tokens | None = None
    """What it said of usage at the start, if it did (Anthropic)."""
    is_passed: bool = False
    """It went to the client as it came; whoever goes on with the stream keeps to its id."""


@dataclass(slots=True)
class TextDelta:
    text: str
    choice: int = 0


@dataclass(slots=True)
class RefusalDelta:
    text: str
    choice: int = 0


@dataclass(slots=True)
class ReasoningDelta:
    """Thoughts, or the proof that closes them: a block of thoughts ends with its signature."""

    text: str = ""
    signature: str | None = None
    redacted: str | None = None
    choice: int = 0


@dataclass(slots=True)
class CitationDelta:
    """A citation of the text block that is being written, in Anthropic's form."""

    citation: Any
    choice: int = 0


@dataclass(slots=True)
class ToolCallStarted:
    """`index` numbers the calls of one answer from 0. Calls may be interleaved (OpenAI)."""

    index: int
    id: str
    name: str
    signature: str | None = None
    choice: int = 0


@dataclass(slots=True)
class ToolCallDelta:
    """More of a call's arguments."""

    index: int
    arguments: str
    choice: int = 0


@dataclass(slots=True)
class Stopped:
    """A choice is complete. Usage may still follow."""

    stop: Stop
    stop_sequence: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    choice: int = 0


@dataclass(slots=True)
class UsageReported:
    """What was consumed so far, all in all: each report replaces the one before."""

    tokens: Tokens
    usage: Any


@dataclass(slots=True)
class Failed:
    """The provider reported an error inside its stream."""

    message: str
    type: str | None = None


@dataclass(slots=True)
class Ended:
    """The provider said that the answer is complete; nothing follows."""


Event = (
    Started
    | TextDelta
    | RefusalDelta
    | ReasoningDelta
    | CitationDelta
    | ToolCallStarted
    | ToolCallDelta
    | Stopped
    | UsageReported
    | Failed
    | Ended
)
CONTENT = (TextDelta, RefusalDelta, ReasoningDelta, ToolCallStarted, Stopped)
"""Events from which on a client is being answered."""
