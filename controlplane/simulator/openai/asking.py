"""What the endpoints of OpenAI have in common: tools, choices, usage."""

from collections.abc import Sequence
from typing import Any

from controlplane.simulator import fields
from controlplane.simulator.conversation import Said
from controlplane.simulator.replies import Json
from controlplane.simulator.tools import NAMED, Tool, offered

CHOICES_MAX = 16


def choices(body: Json) -> int:
    return fields.whole_number(body, "n", most=CHOICES_MAX) or 1


def tools(functions: Sequence[Any]) -> list[Tool]:
    """Each as `{name, parameters}`; what is none is refused."""
    described = [function if isinstance(function, dict) else {} for function in functions]
    return [offered(each.get("name"), each.get("parameters")) for each in described]


def tool_choice(body: Json) -> str:
    """A word, or `{"function": {"name"}}` or `{"name"}` for one tool."""
    choice = body.get("tool_choice") or "auto"
    if isinstance(choice, str):
        return choice
    named = choice.get("function") or choice if isinstance(choice, dict) else {}
    return f"{NAMED}{named.get('name')}" if isinstance(named, dict) else "auto"


def schema(form: Any) -> Any:
    """What a `response_format` or `text.format` says of the answer's form."""
    form = form if isinstance(form, dict) else {}
    if form.get("type") == "json_object":
        return True
    if form.get("type") != "json_schema":
        return None
    inner = form.get("json_schema")
    return (inner if isinstance(inner, dict) else form).get("schema") or True


def usage(input_tokens: int, output_tokens: int, reasoning_tokens: int = 0) -> Json:
    """Of chat and completions; the parts always add up."""
    return {
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": reasoning_tokens, "audio_tokens": 0},
    }


def finish_reason(said: Said) -> str:
    return said.stop if said.stop in ("length", "tool_calls") else "stop"
