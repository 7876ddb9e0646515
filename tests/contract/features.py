"""One request for each feature that clients ask for, in each of their dialects."""

from typing import Any

Json = dict[str, Any]

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)
PDF = "JVBERi0xLjQKJSVFT0YK"
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
FUNCTION = {"name": "weather", "description": "The weather of a city.", "parameters": SCHEMA}
ARGUMENTS = '{"city": "Oslo"}'


def chat(*content: Json, **fields: Any) -> Json:
    asked: Any = [{"type": "text", "text": "Hello"}, *content] if content else "Hello"
    return {"messages": [{"role": "user", "content": asked}], **fields}


def responses(*content: Json, **fields: Any) -> Json:
    asked = [{"type": "input_text", "text": "Hello"}, *content]
    return {"input": [{"role": "user", "content": asked}], **fields}


def messages(*content: Json, **fields: Any) -> Json:
    asked = [{"type": "text", "text": "Hello"}, *content]
    return {"messages": [{"role": "user", "content": asked}], "max_tokens": 4096, **fields}


CHAT_TOOLS = [{"type": "function", "function": FUNCTION}]
RESPONSES_TOOLS = [{"type": "function", **FUNCTION}]
MESSAGES_TOOLS = [{"name": "weather", "description": "…", "input_schema": SCHEMA}]

CHAT_CALLED = [
    {"role": "user", "content": "Hello"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "weather", "arguments": ARGUMENTS},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "Rain"},
]
RESPONSES_CALLED = [
    {"role": "user", "content": "Hello"},
    {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": ARGUMENTS},
    {"type": "function_call_output", "call_id": "call_1", "output": "Rain"},
]


def messages_called(*result: Json) -> list[Json]:
    use = {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo"}}
    content = [{"type": "text", "text": "Rain"}, *result]
    answer = {"type": "tool_result", "tool_use_id": "call_1", "content": content}
    return [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [answer]},
    ]


CHAT_IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
IMAGE_URL = "https://example.com/a.png"
MESSAGES_IMAGE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": PNG},
}
MESSAGES_PDF = {
    "type": "document",
    "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
}
MARK = {"cache_control": {"type": "ephemeral"}}

# Feature: its request in chat completions, Responses and Messages; None where the dialect itself
# has no such thing.
FEATURES: dict[str, tuple[Json | None, Json | None, Json | None]] = {
    "text": (chat(), responses(), messages()),
    "stream": (chat(stream=True), responses(stream=True), messages(stream=True)),
    "system prompt": (
        {"messages": [{"role": "system", "content": "Be brief."}, *chat()["messages"]]},
        responses(instructions="Be brief."),
        messages(system="Be brief."),
    ),
    "system prompt between turns": (
        {"messages": [*chat()["messages"], {"role": "developer", "content": "Be brief."}]},
        {"input": [*responses()["input"], {"role": "developer", "content": "Be brief."}]},
        None,
    ),
    "beginning of the answer": (
        {"messages": [*chat()["messages"], {"role": "assistant", "content": "Once"}]},
        {"input": [*responses()["input"], {"role": "assistant", "content": "Once"}]},
        messages(messages=[*messages()["messages"], {"role": "assistant", "content": "Once"}]),
    ),
    "tools": (
        chat(tools=CHAT_TOOLS),
        responses(tools=RESPONSES_TOOLS),
        messages(tools=MESSAGES_TOOLS),
    ),
    "tool results": (
        {"messages": CHAT_CALLED, "tools": CHAT_TOOLS},
        {"input": RESPONSES_CALLED, "tools": RESPONSES_TOOLS},
        messages(messages=messages_called(), tools=MESSAGES_TOOLS),
    ),
    "images in tool results": (
        None,
        None,
        messages(messages=messages_called(MESSAGES_IMAGE), tools=MESSAGES_TOOLS),
    ),
    "some tool, forced": (
        chat(tools=CHAT_TOOLS, tool_choice="required"),
        responses(tools=RESPONSES_TOOLS, tool_choice="required"),
        messages(tools=MESSAGES_TOOLS, tool_choice={"type": "any"}),
    ),
    "one tool, forced": (
        chat(tools=CHAT_TOOLS, tool_choice={"type": "function", "function": {"name": "weather"}}),
        responses(tools=RESPONSES_TOOLS, tool_choice={"type": "function", "name": "weather"}),
        messages(tools=MESSAGES_TOOLS, tool_choice={"type": "tool", "name": "weather"}),
    ),
    "tools, but not now": (
        chat(tools=CHAT_TOOLS, tool_choice="none"),
        responses(tools=RESPONSES_TOOLS, tool_choice="none"),
        messages(tools=MESSAGES_TOOLS, tool_choice={"type": "none"}),
    ),
    "one call at a time": (
        chat(tools=CHAT_TOOLS, parallel_tool_calls=False),
        responses(tools=RESPONSES_TOOLS, parallel_tool_calls=False),
        messages(
            tools=MESSAGES_TOOLS, tool_choice={"type": "auto", "disable_parallel_tool_use": True}
        ),
    ),
    "strict tools": (
        chat(tools=[{"type": "function", "function": {**FUNCTION, "strict": True}}]),
        responses(tools=[{"type": "function", **FUNCTION, "strict": True}]),
        messages(tools=[{**MESSAGES_TOOLS[0], "strict": True}]),
    ),
    "tools of the provider": (
        chat(web_search_options={}),
        responses(tools=[{"type": "web_search"}]),
        messages(tools=[{"type": "web_search_20250305", "name": "web_search"}]),
    ),
    "JSON": (
        chat(response_format={"type": "json_object"}),
        responses(text={"format": {"type": "json_object"}}),
        None,
    ),
    "JSON to a schema": (
        chat(
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "place", "schema": SCHEMA, "strict": True},
            }
        ),
        responses(
            text={
                "format": {
                    "type": "json_schema",
                    "name": "place",
                    "schema": SCHEMA,
                    "strict": True,
                }
            }
        ),
        messages(output_config={"format": {"type": "json_schema", "schema": SCHEMA}}),
    ),
    "image, sent along": (
        chat(CHAT_IMAGE),
        responses({"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}),
        messages(MESSAGES_IMAGE),
    ),
    "image by URL": (
        chat({"type": "image_url", "image_url": {"url": IMAGE_URL}}),
        responses({"type": "input_image", "image_url": IMAGE_URL}),
        messages({"type": "image", "source": {"type": "url", "url": IMAGE_URL}}),
    ),
    "PDF, sent along": (
        chat(
            {
                "type": "file",
                "file": {
                    "filename": "a.pdf",
                    "file_data": f"data:application/pdf;base64,{PDF}",
                },
            }
        ),
        responses(
            {
                "type": "input_file",
                "filename": "a.pdf",
                "file_data": f"data:application/pdf;base64,{PDF}",
            }
        ),
        messages(MESSAGES_PDF),
    ),
    "file stored at the provider": (
        chat({"type": "file", "file": {"file_id": "file-1"}}),
        responses({"type": "input_file", "file_id": "file-1"}),
        messages({"type": "document", "source": {"type": "file", "file_id": "file-1"}}),
    ),
    "sound, sent along": (
        chat({"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}),
        None,
        None,
    ),
    "spoken answer": (
        chat(modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"}),
        None,
        None,
    ),
    "thinking, by effort": (
        chat(reasoning_effort="high", max_completion_tokens=32_000),
        responses(reasoning={"effort": "high"}, max_output_tokens=32_000),
        messages(thinking={"type": "adaptive"}, output_config={"effort": "high"}),
    ),
    "thinking, by tokens": (
        None,
        None,
        messages(thinking={"type": "enabled", "budget_tokens": 2048}),
    ),
    "no thinking": (
        chat(reasoning_effort="none"),
        responses(reasoning={"effort": "none"}),
        messages(thinking={"type": "disabled"}),
    ),
    "prompt cache marks": (
        chat({"type": "text", "text": "Long", **MARK}),
        None,
        messages({"type": "text", "text": "Long", **MARK}),
    ),
    "temperature": (
        chat(temperature=0.5),
        responses(temperature=0.5),
        messages(temperature=0.5),
    ),
    "top_p": (chat(top_p=0.5), responses(top_p=0.5), messages(top_p=0.5)),
    "top_k": (None, None, messages(top_k=5)),
    "stop sequences": (chat(stop=["\n"]), None, messages(stop_sequences=["END"])),
    "several answers": (chat(n=2), None, None),
    "seed": (chat(seed=7), None, None),
    "penalties": (chat(frequency_penalty=0.5, presence_penalty=0.5), None, None),
    "log probabilities": (chat(logprobs=True, top_logprobs=2), responses(top_logprobs=2), None),
    "logit bias": (chat(logit_bias={"1": 5}), None, None),
    "predicted output": (chat(prediction={"type": "content", "content": "Hi"}), None, None),
    "verbosity": (chat(verbosity="low"), responses(text={"verbosity": "low"}), None),
    "service tier": (
        chat(service_tier="priority"),
        responses(service_tier="priority"),
        messages(service_tier="standard_only"),
    ),
    "end user": (chat(user="u-1"), responses(user="u-1"), messages(metadata={"user_id": "u-1"})),
    "stored turns": (None, responses(previous_response_id="resp_1"), None),
    "in the background": (None, responses(background=True), None),
    "servers of tools (MCP)": (
        None,
        responses(tools=[{"type": "mcp", "server_label": "a", "server_url": "https://a.example"}]),
        messages(mcp_servers=[{"type": "url", "name": "a", "url": "https://a.example"}]),
    ),
}
