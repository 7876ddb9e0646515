"""What a request may hold, as OpenAI's API reference for Chat Completions has it.

Beyond it stands what clients of compatible servers send under names of their own, where it has a
meaning everywhere: thoughts given back (`reasoning_content`, OpenRouter's `reasoning_details`),
Gemini's signatures (`extra_content`), cache marks (`cache_control`), `top_k`, and how much to think
(OpenRouter's `reasoning`, Anthropic's `thinking`). Any other field is refused by its name.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Word = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Form(Struct, forbid_unknown_fields=True):
    """An object of which every field is known."""


class CacheControl(Form):
    """Anthropic's mark, as clients of OpenRouter and LiteLLM send it."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] | None = None


class CacheBreakpoint(Form):
    """OpenAI's own mark."""

    mode: Literal["explicit"]
    ttl: str | None = None


class Link(Form):
    url: str
    detail: str | None = None
    format: str | None = None


class InputAudio(Form):
    data: str
    format: str


class File(Form):
    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None
    format: str | None = None


class PartForm(Form):
    """One form for parts of every type, since some SDKs write the fields of all of them."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: Link | str | None = None
    video_url: Link | str | None = None
    input_audio: InputAudio | None = None
    file: File | None = None
    cache_control: CacheControl | None = None
    prompt_cache_breakpoint: CacheBreakpoint | None = None


class FunctionCall(Form):
    name: Word
    arguments: str


class Google(Form):
    thought_signature: str | None = None


class ExtraContent(Form):
    """Gemini's additions, as its endpoint for OpenAI's dialect has them."""

    google: Google | None = None


class ToolCallForm(Form):
    id: Word
    type: str = "function"
    function: FunctionCall | None = None
    custom: Any = None
    extra_content: ExtraContent | None = None
    index: int | None = None


class ReasoningDetail(Struct):
    """OpenRouter's piece of a thought; it is given back as it came, so its fields are free."""

    type: str
    text: str | None = None
    summary: str | None = None
    signature: str | None = None
    data: str | None = None
    index: int | None = None


class MessageForm(Form):
    role: str
    content: str | list[PartForm] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCallForm] | None = None
    tool_call_id: str | None = None
    function_call: FunctionCall | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[ReasoningDetail] | None = None
    annotations: Any = None
    audio: Any = None
    cache_control: CacheControl | None = None


class FunctionForm(Form):
    name: Word
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None
    cache_control: CacheControl | None = None


class ToolForm(Struct):
    """A function. Tools of other types are refused whole, whatever fields they have."""

    type: str = "function"
    function: FunctionForm | None = None
    cache_control: CacheControl | None = None


class Named(Form):
    name: Word


class NamedTool(Struct):
    function: Named | None = None


class AllowedTools(Form):
    mode: Literal["auto", "required"]
    tools: list[NamedTool]


class ToolChoiceForm(Struct):
    type: str
    function: Named | None = None
    allowed_tools: AllowedTools | None = None


class JsonSchema(Form):
    name: str
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class ResponseFormat(Struct):
    type: str
    json_schema: JsonSchema | None = None


class ReasoningForm(Form):
    """OpenRouter's."""

    effort: Effort | None = None
    max_tokens: Count | None = None
    enabled: bool | None = None


class ThinkingForm(Form):
    """Anthropic's."""

    type: Literal["enabled", "disabled", "adaptive"]
    budget_tokens: Count | None = None


class StreamOptions(Form):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class RequestForm(Form):
    """A whole request. `model`, `stream` and `metadata` are the gateway's to read."""

    messages: list[MessageForm]
    model: Any = None
    stream: Any = None
    metadata: Any = None
    stream_options: StreamOptions | None = None
    max_completion_tokens: Count | None = None
    max_tokens: Count | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: str | list[str] | None = None
    n: Count | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0)] | None = None
    logit_bias: dict[str, int | float] | None = None
    tools: list[ToolForm] | None = None
    tool_choice: str | ToolChoiceForm | None = None
    functions: list[FunctionForm] | None = None
    function_call: str | Named | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: Effort | None = None
    reasoning: ReasoningForm | None = None
    thinking: ThinkingForm | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    user: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    modalities: list[str] | None = None
    audio: Any = None
    web_search_options: Any = None
    moderation: Any = None
    prediction: Any = None
    prompt_cache_key: Any = None
    prompt_cache_options: Any = None
    prompt_cache_retention: Any = None
    safety_identifier: Any = None
