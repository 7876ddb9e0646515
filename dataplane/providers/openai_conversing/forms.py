"""What is read of answers. Whatever a server may have written in a field is let pass here."""

from typing import Any

from msgspec import Struct

from dataplane.providers.tolerance import with_tier


class Said(Struct):
    """A message, or what is new of it."""

    content: Any = None
    refusal: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    reasoning_details: Any = None
    tool_calls: Any = None
    function_call: Any = None
    annotations: Any = None

    @property
    def is_text(self) -> bool:
        """Whether it says text alone, as nearly every piece does."""
        return (
            type(self.content) is str
            and self.tool_calls is None
            and self.reasoning is None
            and self.reasoning_content is None
            and self.reasoning_details is None
            and self.refusal is None
            and self.annotations is None
            and self.function_call is None
        )


class ChoiceForm(Struct):
    index: Any = 0
    message: Said | None = None
    delta: Said | None = None
    finish_reason: Any = None
    stop_reason: Any = None
    """The stop sequence that was met (vLLM)."""
    error: Any = None


class XGroq(Struct):
    usage: Any = None


class AnswerForm(Struct):
    """A whole answer, or one chunk of a stream."""

    id: Any = None
    model: Any = None
    choices: list[ChoiceForm] | None = None
    usage: Any = None
    x_groq: XGroq | None = None
    service_tier: Any = None
    error: Any = None

    @property
    def reported_usage(self) -> Any:
        """Groq puts it into `x_groq` where it was not asked for it."""
        if self.usage is None and self.x_groq is not None:
            return self.x_groq.usage
        return with_tier(self.usage, self.service_tier)

    @property
    def first_error(self) -> Any:
        """Of the answer, or of one of its choices."""
        if self.error is not None:
            return self.error
        errors = [choice.error for choice in self.choices or () if choice.error is not None]
        return errors[0] if errors else None
