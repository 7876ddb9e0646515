"""What a request may hold, as Anthropic's API reference for Messages has it.

https://platform.claude.com/docs/en/api/messages. Forms hold all that can be said to another
provider; what is Claude's alone is typed `Any` where it is refused by its name, and every other
field is refused as unknown.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Raw, Struct

Count = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(min_length=1)]
Effort = Literal["low", "medium", "high", "xhigh", "max"]


class Form(Struct, forbid_unknown_fields=True):
    """An object of which every field is known."""


class Tagged(Form, tag_field="type"):
    """One of several objects, told apart by their type."""


class CacheControl(Form):
    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] | None = None


class Citations(Form):
    enabled: bool | None = None


class Base64Source(Tagged, tag="base64"):
    media_type: str
    data: str


class UrlSource(Tagged, tag="url"):
    url: str


class FileSource(Tagged, tag="file"):
    file_id: str


class TextSource(Tagged, tag="text"):
    media_type: str
    data: str


class ContentSource(Tagged, tag="content"):
    content: Any


class TextForm(Tagged, tag="text"):
    text: str
    cache_control: CacheControl | None = None
    citations: list[Any] | None = None


class ImageForm(Tagged, tag="image"):
    source: Base64Source | UrlSource | FileSource
    cache_control: CacheControl | None = None
    transformations: Any = None


class DocumentForm(Tagged, tag="document"):
    source: Base64Source | UrlSource | FileSource | TextSource | ContentSource
    cache_control: CacheControl | None = None
    citations: Citations | None = None
    context: str | None = None
    title: str | None = None


class ThinkingBlock(Tagged, tag="thinking"):
    thinking: str
    signature: str | None = None


class RedactedBlock(Tagged, tag="redacted_thinking"):
    data: str


class ToolUse(Tagged, tag="tool_use"):
    id: Name
    name: Name
    input: Raw
    cache_control: CacheControl | None = None
    caller: Any = None
    toolset_name: Any = None


class ToolResultForm(Tagged, tag="tool_result"):
    tool_use_id: Name
    content: str | list[TextForm | ImageForm | DocumentForm] | None = None
    is_error: bool | None = None
    cache_control: CacheControl | None = None
    toolset_name: Any = None


Block = (
    TextForm | ImageForm | DocumentForm | ThinkingBlock | RedactedBlock | ToolUse | ToolResultForm
)


class MessageForm(Form):
    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


class ToolKind(Struct):
    """What is looked at first: tools that are not the client's own are refused whole."""

    type: str | None = None


class ToolForm(Form):
    name: Name
    input_schema: dict[str, Any]
    type: Literal["custom"] | None = None
    description: str | None = None
    strict: bool | None = None
    cache_control: CacheControl | None = None
    eager_input_streaming: bool | None = None
    allowed_callers: list[str] | None = None
    defer_loading: bool | None = None
    input_examples: list[Any] | None = None


class AutoChoice(Tagged, tag="auto"):
    disable_parallel_tool_use: bool | None = None


class AnyChoice(Tagged, tag="any"):
    disable_parallel_tool_use: bool | None = None


class ToolChoiceForm(Tagged, tag="tool"):
    name: Name
    disable_parallel_tool_use: bool | None = None


class NoChoice(Tagged, tag="none"):
    pass


class ThinkingEnabled(Tagged, tag="enabled"):
    budget_tokens: Count
    display: Literal["summarized", "omitted"] | None = None


class ThinkingAdaptive(Tagged, tag="adaptive"):
    display: Literal["summarized", "omitted"] | None = None


class ThinkingDisabled(Tagged, tag="disabled"):
    pass


class Format(Form):
    type: Literal["json_schema"]
    schema: dict[str, Any]


class OutputConfig(Form):
    effort: Effort | None = None
    format: Format | None = None


class Metadata(Form):
    user_id: str | None = None


class RequestForm(Form):
    """A whole request. `model` and `stream` are the gateway's to read."""

    messages: list[MessageForm]
    model: Any = None
    stream: Any = None
    max_tokens: Count | None = None
    system: str | list[TextForm] | None = None
    tools: list[Raw] | None = None
    tool_choice: AutoChoice | AnyChoice | ToolChoiceForm | NoChoice | None = None
    thinking: ThinkingEnabled | ThinkingAdaptive | ThinkingDisabled | None = None
    output_config: OutputConfig | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: list[str] | None = None
    metadata: Metadata | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    cache_control: CacheControl | None = None
    speed: Literal["standard", "fast"] | None = None
