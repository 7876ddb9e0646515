"""What Converse is asked for each thing that a client may ask for."""

from typing import Any

import msgspec
import pytest

from dataplane.conversation.parts import (
    CacheMark,
    Media,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import (
    Conversation,
    Message,
    OutputFormat,
    Tool,
    ToolChoice,
)
from dataplane.conversation.signatures import marked
from dataplane.providers.base import Untranslatable
from dataplane.providers.bedrock.requests import COUNTED
from tests.unit.providers.bedrock.asking import (
    CLAUDE,
    GPT_OSS,
    LLAMA,
    MISTRAL,
    NEW_CLAUDE,
    NOVA,
    body_of,
    saying,
)
from tests.unit.providers.bedrock.shapes import assert_valid

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = Tool("get_weather", "The weather of a city", SCHEMA)


def sent(conversation: Conversation, model: str = CLAUDE) -> Any:
    """The body as it arrives, which Bedrock's own model says is right."""
    body = msgspec.json.decode(msgspec.json.encode(body_of(conversation, model)))
    assert_valid("Converse", body)
    counted = {name: body[name] for name in COUNTED if name in body}
    assert_valid("CountTokens", {"input": {"converse": counted}})
    return body


def refused(conversation: Conversation, model: str = CLAUDE) -> str:
    with pytest.raises(Untranslatable) as caught:
        body_of(conversation, model)
    return caught.value.field


def user(*parts: Part) -> Message:
    return Message("user", list(parts))


def assistant(*parts: Part) -> Message:
    return Message("assistant", list(parts))


def test_a_question_is_nothing_but_a_message():
    assert sent(saying("Hello")) == {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}


def test_everything_that_all_models_share_has_its_field():
    asked = saying(
        "Hello",
        instructions=[Text("Be brief."), Text(""), Text("Be kind.")],
        max_output_tokens=100,
        temperature=0.5,
        top_p=0.9,
        stop=["END"],
        service_tier="flex",
    )

    assert sent(asked, LLAMA) == {
        "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
        "system": [{"text": "Be brief."}, {"text": "Be kind."}],
        "inferenceConfig": {
            "temperature": 0.5,
            "topP": 0.9,
            "maxTokens": 100,
            "stopSequences": ["END"],
        },
        "serviceTier": {"type": "flex"},
    }


def test_claude_is_asked_which_sequence_stopped_it():
    assert sent(saying("Hello", stop=["END"]))["additionalModelResponseFieldPaths"] == [
        "/stop_sequence"
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {"n": 1},
        {"frequency_penalty": 0},
        {"presence_penalty": 0.0},
        {"logprobs": False},
        {"top_logprobs": 0},
        {"logit_bias": {}},
        {"verbosity": "medium"},
        {"service_tier": "auto"},
        {"parallel_tool_calls": True},
        {"parallel_tool_calls": False},
        {"tool_choice": ToolChoice("none")},
        {"tool_choice": ToolChoice("auto")},
    ],
)
@pytest.mark.parametrize("model", [CLAUDE, NOVA, LLAMA])
def test_what_asks_for_nothing_is_left_out(model: str, asked: dict[str, Any]):
    assert sent(saying("Hello", **asked), model).keys() == {"messages"}


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (CLAUDE, {"n": 2}),
        (CLAUDE, {"seed": 7}),
        (CLAUDE, {"frequency_penalty": 0.5}),
        (NOVA, {"presence_penalty": -1}),
        (CLAUDE, {"logprobs": True}),
        (CLAUDE, {"top_logprobs": 3}),
        (CLAUDE, {"logit_bias": {"50256": -100}}),
        (CLAUDE, {"verbosity": "low"}),
        (CLAUDE, {"service_tier": "scale"}),
        (CLAUDE, {"temperature": 1.5}),
        (NOVA, {"temperature": 2}),
        (LLAMA, {"top_p": 1.1}),
        (LLAMA, {"top_k": 5}),
        (GPT_OSS, {"seed": 1}),
        (CLAUDE, {"output": OutputFormat()}),
        (CLAUDE, {"tool_choice": ToolChoice("required")}),
    ],
)
def test_what_there_is_no_field_for_is_refused_by_name(model: str, asked: dict[str, Any]):
    assert refused(saying("Hello", **asked), model) == next(iter(asked))


@pytest.mark.parametrize(
    ("model", "asked", "additional"),
    [
        (CLAUDE, {"top_k": 5}, {"top_k": 5}),
        (NOVA, {"top_k": 5}, {"inferenceConfig": {"topK": 5}}),
        (MISTRAL, {"top_k": 5}, {"top_k": 5}),
        (
            "cohere.command-r-plus-v1:0",
            {"top_k": 5, "seed": 7, "presence_penalty": 0.1},
            {"k": 5, "seed": 7, "presence_penalty": 0.1},
        ),
    ],
)
def test_some_models_sample_in_words_of_their_own(
    model: str, asked: dict[str, Any], additional: dict[str, Any]
):
    assert sent(saying("Hello", **asked), model)["additionalModelRequestFields"] == additional


def test_json_to_a_schema_is_a_format_of_the_text():
    output = OutputFormat(SCHEMA, "city", "A city", strict=True)

    assert sent(saying("Where?", output=output))["outputConfig"] == {
        "textFormat": {
            "type": "json_schema",
            "structure": {
                "jsonSchema": {
                    "name": "city",
                    "description": "A city",
                    "schema": msgspec.json.encode(SCHEMA).decode(),
                }
            },
        }
    }


def test_whom_the_service_calls_for_is_not_told_and_said_so():
    asked = saying("Hello", end_user="u-1")

    assert sent(asked).keys() == {"messages"}
    assert asked.ignored == ["end_user"]


# Turns


def test_turns_of_one_role_in_a_row_are_one():
    conversation = Conversation(
        [
            user(Text("a")),
            user(Text("b")),
            assistant(Text("c")),
            assistant(Text("")),
            user(Text("d")),
        ]
    )

    assert sent(conversation)["messages"] == [
        {"role": "user", "content": [{"text": "a"}, {"text": "b"}]},
        {"role": "assistant", "content": [{"text": "c"}]},
        {"role": "user", "content": [{"text": "d"}]},
    ]


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "messages"),
        ([user()], "messages"),
        ([user(Text("", "messages[0].content"))], "messages[0].content"),
        ([assistant(Text(""))], "messages"),
        ([user(Text("a")), Message("system", [Text("b", "messages[1]")])], "messages[1]"),
    ],
)
def test_a_turn_that_says_nothing_is_refused(messages: list[Message], field: str):
    assert refused(Conversation(messages)) == field


def test_newer_claude_is_instructed_between_the_turns():
    conversation = Conversation([user(Text("a")), Message("system", [Text("b")])])

    turns = sent(conversation, "anthropic.claude-opus-4-8")["messages"]
    assert [turn["role"] for turn in turns] == ["user", "system"]


def test_a_refusal_is_what_the_model_said():
    conversation = Conversation([user(Text("a")), assistant(Refusal("No.")), user(Text("b"))])

    assert sent(conversation)["messages"][1]["content"] == [{"text": "No."}]


# Tools


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (None, None),
        (ToolChoice("auto"), {"auto": {}}),
        (ToolChoice("required"), {"any": {}}),
        (ToolChoice("named", "get_weather"), {"tool": {"name": "get_weather"}}),
    ],
)
def test_tools_are_described_and_chosen_from(choice: ToolChoice | None, written: Any):
    bare = Tool("now", None, None, strict=True)
    config = sent(saying("Hello", tools=[WEATHER, bare], tool_choice=choice))["toolConfig"]

    assert config.get("toolChoice") == written
    assert [tool["toolSpec"] for tool in config["tools"]] == [
        {
            "name": "get_weather",
            "description": "The weather of a city",
            "inputSchema": {"json": SCHEMA},
        },
        {
            "name": "now",
            "inputSchema": {"json": {"type": "object", "properties": {}}},
            "strict": True,
        },
    ]


CALLED = [
    user(Text("Weather?")),
    assistant(
        Text("I'll look."), ToolCall("call_1", "get_weather", ' {"city": "Paris"}', path="c")
    ),
    user(ToolResult("call_1", [Text("sunny")], path="r")),
]


@pytest.mark.parametrize("model", [CLAUDE, NOVA])
def test_tools_that_must_not_be_called_are_not_shown(model: str):
    asked = saying("Hello", tools=[WEATHER], tool_choice=ToolChoice("none"))

    assert sent(asked, model).keys() == {"messages"}


def test_tools_that_were_called_stay_described_though_claude_must_not_call_them():
    body = sent(Conversation(CALLED, tools=[WEATHER], tool_choice=ToolChoice("none")))

    assert "toolChoice" not in body["toolConfig"]
    assert body["additionalModelRequestFields"] == {"tool_choice": {"type": "none"}}


def test_other_models_cannot_be_kept_from_calling_what_was_called():
    asked = Conversation(CALLED, tools=[WEATHER], tool_choice=ToolChoice("none"))

    assert refused(asked, NOVA) == "tool_choice"


def test_calls_without_their_tools_are_refused_by_name():
    assert refused(Conversation(CALLED)) == "tools"


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (None, {"type": "auto"}),
        (ToolChoice("required"), {"type": "any"}),
        (ToolChoice("named", "get_weather"), {"type": "tool", "name": "get_weather"}),
    ],
)
def test_claude_may_be_kept_to_one_call(choice: ToolChoice | None, written: dict[str, Any]):
    asked = {"tools": [WEATHER], "tool_choice": choice, "parallel_tool_calls": False}
    body = sent(saying("Hello", **asked))

    assert body["additionalModelRequestFields"]["tool_choice"] == {
        **written,
        "disable_parallel_tool_use": True,
    }
    assert "toolChoice" not in body["toolConfig"]
    assert refused(saying("Hello", **asked), NOVA) == "parallel_tool_calls"


def test_calls_and_their_results_go_back():
    failed = user(ToolResult("call_1", [Text("no such city"), Text("")], is_error=True))
    body = sent(Conversation([*CALLED, assistant(Text("Hm.")), failed], tools=[WEATHER]))

    assert body["messages"][1]["content"][1] == {
        "toolUse": {"toolUseId": "call_1", "name": "get_weather", "input": {"city": "Paris"}}
    }
    assert body["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "call_1", "content": [{"text": "sunny"}]}}
    ]
    assert body["messages"][4]["content"] == [
        {
            "toolResult": {
                "toolUseId": "call_1",
                "content": [{"text": "no such city"}],
                "status": "error",
            }
        }
    ]


def test_ids_that_converse_does_not_take_are_replaced_alike_in_calls_and_results():
    long = "fc_" + "x" * 90 + "|é"
    turns = [
        user(Text("?")),
        assistant(ToolCall(long, "get_weather", "")),
        user(ToolResult(long, [])),
    ]
    _, call, result = sent(Conversation(turns, tools=[WEATHER]))["messages"]

    written = call["content"][0]["toolUse"]["toolUseId"]
    assert written == result["content"][0]["toolResult"]["toolUseId"]
    assert len(written) <= 64
    assert written.replace("_", "").isalnum()


@pytest.mark.parametrize("arguments", ["[1]", "{", '"x"', "NaN", "{'a': 1}"])
def test_arguments_that_are_no_object_are_refused_by_their_path(arguments: str):
    turns = [
        user(Text("?")),
        assistant(ToolCall("c", "get_weather", arguments, path="messages[1]")),
    ]

    assert refused(Conversation(turns, tools=[WEATHER])) == "messages[1]"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ('{"sunny": true}', {"sunny": True}),
        ("sunny", {"result": "sunny"}),
        ("[1]", {"result": "[1]"}),
    ],
)
def test_mistral_is_answered_in_objects(said: str, written: Any):
    turns = [*CALLED[:2], user(ToolResult("call_1", [Text(said)]))]
    body = sent(Conversation(turns, tools=[WEATHER]), MISTRAL)

    assert body["messages"][2]["content"][0]["toolResult"]["content"] == [{"json": written}]


# Media


@pytest.mark.parametrize(
    ("media", "written"),
    [
        (
            Media("image", "image/png", data=PIXEL),
            {"image": {"format": "png", "source": {"bytes": PIXEL}}},
        ),
        (
            Media("image", "image/jpg", data=PIXEL),
            {"image": {"format": "jpeg", "source": {"bytes": PIXEL}}},
        ),
        (
            Media("image", None, data=PIXEL),
            {"image": {"format": "png", "source": {"bytes": PIXEL}}},
        ),
        (
            Media("image", None, url="s3://bucket/kiwi.webp"),
            {
                "image": {
                    "format": "webp",
                    "source": {"s3Location": {"uri": "s3://bucket/kiwi.webp"}},
                }
            },
        ),
        (
            Media("document", "application/pdf", data=PIXEL, name="a/ré_port (1).pdf", cites=True),
            {
                "document": {
                    "format": "pdf",
                    "name": "r port (1) pdf",
                    "source": {"bytes": PIXEL},
                    "citations": {"enabled": True},
                }
            },
        ),
        (
            Media("document", "text/plain; charset=utf-8", data=PIXEL),
            {"document": {"format": "txt", "name": "Document", "source": {"bytes": PIXEL}}},
        ),
        (
            Media("document", None, data="QQ==", name="table.csv"),
            {"document": {"format": "csv", "name": "table csv", "source": {"bytes": "QQ=="}}},
        ),
        (
            Media("video", "video/mp4", data=PIXEL),
            {"video": {"format": "mp4", "source": {"bytes": PIXEL}}},
        ),
        (
            Media("audio", "audio/wav", data=PIXEL),
            {"audio": {"format": "wav", "source": {"bytes": PIXEL}}},
        ),
    ],
)
def test_media_are_bytes_or_objects_in_s3(media: Media, written: dict[str, Any]):
    assert sent(saying("Look:", media))["messages"][0]["content"][1] == written


def test_documents_of_one_name_get_others():
    documents = [Media("document", "text/plain", data="QQ==", name="a.txt") for _ in range(3)]

    content = sent(saying("Read:", *documents))["messages"][0]["content"]
    assert [block["document"]["name"] for block in content[1:]] == ["a txt", "a txt 2", "a txt 3"]


@pytest.mark.parametrize(
    "media",
    [
        Media("image", "image/tiff", data=PIXEL, path="p"),
        Media("image", None, data="not an image", path="p"),
        Media("image", "application/pdf", data=PIXEL, path="p"),
        Media("document", "application/zip", data=PIXEL, path="p"),
        Media("image", "image/png", file_id="file-1", path="p"),
        Media("image", "image/png", url="gs://bucket/a.png", path="p"),
        Media("hologram", "image/png", data=PIXEL, path="p"),
    ],
)
def test_media_that_bedrock_does_not_take_are_refused_by_their_path(media: Media):
    assert refused(saying("Look:", media)) == "p"


def test_how_closely_to_look_is_not_told_and_said_so():
    parts = [
        Media("image", "image/png", data=PIXEL, detail="high", path=f"m[0].c[{n}]") for n in "12"
    ]
    asked = saying("Look:", *parts)

    sent(asked)
    assert asked.ignored == ["m[].c[].detail"]


def test_tools_may_show_images_and_not_play_sounds():
    def turns(media: Media) -> Conversation:
        return Conversation([*CALLED[:2], user(ToolResult("call_1", [media]))], tools=[WEATHER])

    shown = sent(turns(Media("image", "image/png", data=PIXEL)))["messages"][2]["content"][0]
    assert shown["toolResult"]["content"] == [
        {"image": {"format": "png", "source": {"bytes": PIXEL}}}
    ]
    assert refused(turns(Media("audio", "audio/wav", data=PIXEL, path="p"))) == "p"


# The prompt cache


def marked_all_over() -> Conversation:
    return Conversation(
        [user(Text("a", cache=CacheMark("1h")), Text("b")), *CALLED[1:2], user(*RESULT_MARKED)],
        instructions=[Text("Be brief.", cache=CacheMark())],
        tools=[Tool("get_weather", None, SCHEMA, cache=CacheMark("5m"))],
    )


RESULT_MARKED = [ToolResult("call_1", [Text("sunny", cache=CacheMark())])]
POINT = {"cachePoint": {"type": "default"}}


def test_marks_of_the_cache_are_points_behind_their_blocks():
    asked = marked_all_over()
    body = sent(asked)

    assert body["system"] == [{"text": "Be brief."}, POINT]
    assert body["messages"][0]["content"] == [
        {"text": "a"},
        {"cachePoint": {"type": "default", "ttl": "1h"}},
        {"text": "b"},
    ]
    assert body["messages"][2]["content"][1] == POINT
    assert body["toolConfig"]["tools"][1] == {"cachePoint": {"type": "default", "ttl": "5m"}}
    assert asked.ignored == []


def test_nova_has_no_points_among_tools_and_one_lifetime():
    asked = marked_all_over()
    body = sent(asked, NOVA)

    assert len(body["toolConfig"]["tools"]) == 1
    assert body["messages"][0]["content"][1] == POINT
    assert asked.ignored == ["cache_control"]


def test_models_without_a_cache_are_not_told():
    asked = marked_all_over()

    assert "cachePoint" not in str(sent(asked, LLAMA))
    assert asked.ignored == ["cache_control"]


# Thoughts that come back


def thought(*thoughts: Reasoning) -> Conversation:
    return Conversation([user(Text("a")), assistant(*thoughts, Text("b")), user(Text("c"))])


def test_claudes_thoughts_go_back_with_their_proof():
    asked = thought(Reasoning("Hm.", "c2ln"), Reasoning(redacted="c2VhbGVk"))

    assert sent(asked)["messages"][1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
        {"reasoningContent": {"redactedContent": "c2VhbGVk"}},
        {"text": "b"},
    ]
    assert asked.ignored == []


@pytest.mark.parametrize(
    ("model", "thoughts"),
    [
        (CLAUDE, Reasoning("Hm.", path="messages[1].reasoning_content")),
        (CLAUDE, Reasoning("Hm.", marked("sig", "gemini"), path="messages[1].reasoning_content")),
        (GPT_OSS, Reasoning("Hm.", "c2ln", path="messages[1].reasoning_content")),
        (NOVA, Reasoning(redacted="c2Vh", path="messages[1].reasoning_content")),
    ],
)
def test_thoughts_that_say_nothing_to_the_model_are_left_out_and_named(
    model: str, thoughts: Reasoning
):
    asked = thought(thoughts)

    assert sent(asked, model)["messages"][1]["content"] == [{"text": "b"}]
    assert asked.ignored == ["messages[].reasoning_content"]


def test_newer_claude_takes_no_sampling():
    assert refused(saying("Hello", temperature=0.5), "anthropic.claude-opus-4-7") == "temperature"
    assert sent(saying("Hello", temperature=0.5), NEW_CLAUDE)["inferenceConfig"] == {
        "temperature": 0.5
    }
