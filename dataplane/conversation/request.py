"""A request in no dialect. What is None or empty was not asked for."""

import re
from dataclasses import dataclass, field
from typing import Any

from dataplane.conversation.parts import CacheMark, Part, Text

_INDEX = re.compile(r"\[\d+\]")

Schema = dict[str, Any]
"""A JSON schema, as the client wrote it."""


@dataclass(slots=True)
class Message:
    """One turn: `role` is `user`, `assistant`, or `system` for instructions that come after the
    first turn, which few models take. Results of tools are parts of a user's turn."""

    role: str
    parts: list[Part]


@dataclass(slots=True)
class Tool:
    """A function that the model may ask for."""

    name: str
    description: str | None
    parameters: Schema | None
    strict: bool | None = None
    path: str = ""
    cache: CacheMark | None = None


@dataclass(slots=True)
class ToolChoice:
    """`auto`, `none`, `required` (some tool) or `named` (this one)."""

    mode: str
    name: str | None = None


@dataclass(slots=True)
class OutputFormat:
    """JSON, to a schema where there is one."""

    schema: Schema | None = None
    name: str = "answer"
    description: str | None = None
    strict: bool | None = None


@dataclass(slots=True)
class Thinking:
    """How much the model shall think first, as far as the client says. One or neither is given.

    `effort` is one of `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`; `tokens` a
    ceiling. `adaptive` leaves it to the model.
    """

    effort: str | None = None
    tokens: int | None = None
    adaptive: bool = False
    shown: bool = True
    """Whether the client wants to see the thoughts (or their summary)."""


@dataclass(slots=True)
class Conversation:
    """Everything that a client asks of a model."""

    messages: list[Message]
    instructions: list[Text] = field(default_factory=list)
    """The system prompt: what stands above all turns."""
    tools: list[Tool] = field(default_factory=list)
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    output: OutputFormat | None = None
    thinking: Thinking | None = None
    verbosity: str | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: list[str] = field(default_factory=list)
    n: int | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[str, Any] | None = None
    end_user: str | None = None
    """Whom the service calls on behalf of (`user`, `metadata.user_id`)."""
    service_tier: str | None = None
    """In OpenAI's words: `auto`, `default`, `flex`, `priority`."""
    ignored: list[str] = field(default_factory=list)
    """Fields that mean nothing to another provider and change no answer; the client is told."""

    def ignore(self, path: str) -> None:
        """Leaves out what stands there, named once for all turns: the list goes into a header."""
        if (name := _INDEX.sub("[]", path)) not in self.ignored:
            self.ignored.append(name)
