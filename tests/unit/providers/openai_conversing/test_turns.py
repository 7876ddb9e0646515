"""Instructions and turns in OpenAI's messages, and what has no place there."""

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
from dataplane.conversation.request import Conversation, Message
from dataplane.conversation.signatures import marked
from tests.unit.providers.openai_conversing.asking import (
    Fields,
    assistant,
    body_of,
    messages_for,
    refused,
    user,
)

CALL = ToolCall("c1", "add", '{"a": 1}', signature="c2ln")
RESULT = ToolResult("c1", [Text("2")], path="messages[2].content[0]")
THOUGHT = Reasoning("Hm", "sig", path="messages[1].content[0]")
COMPATIBLE = {"kind": "openai_compatible"}
WRITTEN_CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a": 1}'},
}

PARTS: list[tuple[Part, Fields]] = [
    (
        Media("image", "image/png", data="iVBO", detail="low"),
        {
            "type": "image_url",
            "image_url": {"url": "data:image/png;base64,iVBO", "detail": "low"},
        },
    ),
    (
        Media("image", None, url="https://a.example/b"),
        {"type": "image_url", "image_url": {"url": "https://a.example/b"}},
    ),
    (
        Media("document", "application/pdf", data="JVBE", name="a.pdf"),
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"},
        },
    ),
    (
        Media("document", "application/pdf", data="JVBE"),
        {
            "type": "file",
            "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBE"},
        },
    ),
    (
        Media("document", None, file_id="file-1"),
        {"type": "file", "file": {"file_id": "file-1"}},
    ),
    (
        Media("document", "text/plain", data="SGkh", name="Note"),
        {"type": "text", "text": "Note\n\nHi!"},
    ),
    (
        Media("audio", "audio/mpeg", data="SUQz"),
        {"type": "input_audio", "input_audio": {"data": "SUQz", "format": "mp3"}},
    ),
]

REFUSED = [
    user(Media("image", None, file_id="file-1", path="x")),
    user(Media("image", None, data="iVBO", path="x")),
    user(Media("document", "application/pdf", url="https://a.example", path="x")),
    user(Media("document", "text/plain", data="!", path="x")),
    user(Media("document", "application/pdf", data="JVBE", cites=True, path="x")),
    user(Media("audio", "audio/flac", data="AA", path="x")),
    user(Media("audio", None, url="https://a.example", path="x")),
    user(Media("video", "video/mp4", data="AA", path="x")),
    user(ToolResult("c1", [Media("image", "image/png", data="AA", path="x")])),
    user(ToolResult("c1", [Media("image", "image/png", data="AA")], path="x")),
    user(Reasoning("Hm", path="x")),
    assistant(Media("image", "image/png", data="AA", path="x")),
    assistant(ToolResult("c1", [], path="x")),
]


@pytest.mark.parametrize(("part", "written"), PARTS, ids=str)
async def test_a_part_has_openais_form(part: Part, written: Fields):
    found = await messages_for(user(Text("Look"), part))

    assert found == [{"role": "user", "content": [{"type": "text", "text": "Look"}, written]}]


@pytest.mark.parametrize("message", REFUSED, ids=str)
async def test_what_has_no_place_is_refused_by_its_path(message: Message):
    assert (await refused(message)).field == "x"


async def test_instructions_are_one_message_above_all():
    found = await messages_for(user(Text("Hi")), instructions=[Text("a"), Text("b")])

    assert found[0] == {"role": "system", "content": "a\n\nb"}


async def test_later_instructions_keep_their_place():
    found = await messages_for(user(Text("Hi")), Message("system", [Text("Be brief")]))

    assert found[1] == {"role": "system", "content": "Be brief"}


async def test_results_are_messages_of_their_own_and_come_first():
    failed = ToolResult("c2", [Text("no"), Text("way")], is_error=True)
    found = await messages_for(user(Text("And?"), RESULT, failed, ToolResult("c3", [])))

    assert found == [
        {"role": "tool", "tool_call_id": "c1", "content": "2"},
        {"role": "tool", "tool_call_id": "c2", "content": "Error: no\nway"},
        {"role": "tool", "tool_call_id": "c3", "content": ""},
        {"role": "user", "content": "And?"},
    ]


async def test_an_answer_is_one_message_of_text_and_calls():
    found = await messages_for(assistant(THOUGHT, Text("Let "), Text("me"), CALL))

    assert found == [{"role": "assistant", "content": "Let me", "tool_calls": [WRITTEN_CALL]}]


async def test_a_call_without_arguments_has_an_empty_object_of_them():
    found = await messages_for(assistant(ToolCall("c1", "now", "")))

    assert found[0]["tool_calls"][0]["function"]["arguments"] == "{}"
    assert found[0]["content"] is None


async def test_a_refusal_has_a_field_at_openai_alone():
    refusal = assistant(Refusal("No"))

    at_openai = await messages_for(refusal)
    elsewhere = await messages_for(refusal, **COMPATIBLE, vendor="groq")

    assert at_openai == [{"role": "assistant", "content": None, "refusal": "No"}]
    assert elsewhere == [{"role": "assistant", "content": "No"}]


async def test_thoughts_that_the_server_has_no_place_for_are_named_once():
    asked = Conversation([assistant(THOUGHT, Text("a")), assistant(THOUGHT, Text("b"))])

    found = await body_of(asked)

    assert "reasoning_content" not in found["messages"][0]
    assert asked.ignored == ["messages[].content[]"]


@pytest.mark.parametrize("vendor", ["deepseek", "moonshotai", "zai"])
async def test_thoughts_go_back_to_servers_that_want_them_with_every_call(vendor: str):
    found = await messages_for(
        assistant(THOUGHT, CALL), assistant(CALL), assistant(Text("a")), **COMPATIBLE, vendor=vendor
    )

    assert [each.get("reasoning_content") for each in found] == ["Hm", "", None]


async def test_openrouter_gets_its_details_back_and_no_proof_of_others():
    proof = marked('{"proof":"sig","format":"f","id":"i"}', "openrouter")
    sealed = marked('{"proof":"data","format":"f"}', "openrouter")
    thoughts = [Reasoning("Hm", proof), Reasoning(redacted=sealed), Reasoning("Ah"), THOUGHT]

    found = await messages_for(
        assistant(*thoughts, Reasoning(redacted="x"), CALL), **COMPATIBLE, vendor="openrouter"
    )

    assert found[0]["reasoning_details"] == [
        {
            "type": "reasoning.text",
            "text": "Hm",
            "signature": "sig",
            "format": "f",
            "id": "i",
            "index": 0,
        },
        {"type": "reasoning.encrypted", "data": "data", "format": "f", "index": 1},
        {"type": "reasoning.text", "text": "Ah", "index": 2},
    ]


async def test_geminis_signature_goes_back_to_its_endpoint_alone():
    signed = {"google": {"thought_signature": "c2ln"}}

    found = await messages_for(assistant(CALL), **COMPATIBLE, vendor="google")

    assert found[0]["tool_calls"] == [{**WRITTEN_CALL, "extra_content": signed}]


async def test_ids_of_calls_are_fitted_to_mistral():
    own, other = ToolCall("FI5qQGzDE", "add", "{}"), ToolCall("toolu_01A", "add", "{}")
    answer = user(ToolResult("toolu_01A", [Text("2")]))

    found = await messages_for(assistant(own, other), answer, **COMPATIBLE, vendor="mistral")

    ids = [call["id"] for call in found[0]["tool_calls"]]
    assert ids[0] == "FI5qQGzDE"
    assert ids[1] == found[1]["tool_call_id"]
    assert len(ids[1]) == 9


async def test_long_ids_of_calls_are_shortened_for_all():
    found = await messages_for(assistant(ToolCall("x" * 64, "add", "{}")))

    assert len(found[0]["tool_calls"][0]["id"]) <= 40


async def test_cache_marks_go_to_openrouter():
    said = Text("Hi", "messages[0].content[0]", CacheMark("1h"))
    mark = {"type": "ephemeral", "ttl": "1h"}
    rules = Text("a", cache=CacheMark())

    found = await messages_for(user(said), instructions=[rules], **COMPATIBLE, vendor="openrouter")

    assert found[0]["content"][0]["cache_control"] == {"type": "ephemeral"}
    assert found[1]["content"] == [{"type": "text", "text": "Hi", "cache_control": mark}]


async def test_cache_marks_mean_nothing_to_servers_that_keep_prompts_unasked():
    asked = Conversation([user(Text("Hi", "messages[0].content[0]", CacheMark()))])

    found = await body_of(asked)

    assert found["messages"] == [{"role": "user", "content": "Hi"}]
    assert asked.ignored == ["messages[].content[].cache_control"]


async def test_links_and_films_go_to_servers_that_take_them():
    link = Media("document", None, url="https://a.example/b.pdf")
    film = Media("video", "video/mp4", data="AA")

    found = await messages_for(user(link, film), **COMPATIBLE, vendor="openrouter")

    file, video = found[0]["content"]
    assert file["file"]["file_data"] == "https://a.example/b.pdf"
    assert video == {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AA"}}
