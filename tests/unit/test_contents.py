"""What a request holds beside text is seen, however it is written; what is unknown is opaque."""

from typing import Any

import pytest

from dataplane.metering.worst_case.contents import Contents, read_contents
from dataplane.request import Endpoint
from tests.estimates import call

TEXT = {"type": "text", "text": "What is this?"}
PIXELS = "iVBORw0KGgo" * 10
PICTURE = f"data:image/png;base64,{PIXELS}"
SOUND = "//t0xAAD" * 10


def found_in(*parts: Any, **turn: Any) -> Contents:
    return read_contents(call(messages=[{"role": "user", "content": list(parts), **turn}]))


@pytest.mark.parametrize(
    "content",
    [
        "What is this? It has an image_url, a file_id and http://example.com in it.",
        [TEXT, {"type": "text", "text": '{"type": "file"}'}],
        [{"type": "tool_result", "content": [TEXT], "tool_use_id": "t1"}],
        [{"type": "document", "source": {"type": "text", "data": "Plain."}}],
        [{"text": "hi"}, {"toolUse": {"input": {"image": {}}, "name": "f"}}, {"cachePoint": {}}],
        [{"document": {"format": "txt", "source": {"bytes": "aGk="}}}],
        [{"type": "file", "file": {"file_data": "data:text/plain;base64,aGk="}}],
        [],
        None,
    ],
)
def test_text_in_any_form_is_text(content: Any):
    assert read_contents(call(messages=[{"role": "user", "content": content}])) == Contents()


@pytest.mark.parametrize(
    "image",
    [
        {"type": "image_url", "image_url": {"url": PICTURE, "detail": "high"}},
        {"type": "input_image", "image_url": PICTURE},
        {"type": "image", "source": {"type": "url", "url": PICTURE}},
    ],
)
def test_an_image_that_is_sent_along_counts_as_one_and_its_base64_as_no_text(image: Any):
    assert found_in(TEXT, image) == Contents(images=1, image_bytes=len(PICTURE))


@pytest.mark.parametrize(
    "image",
    [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXELS}},
        {"image": {"format": "png", "source": {"bytes": PIXELS}}},
        {"inlineData": {"mimeType": "image/png", "data": PIXELS}},
        {"type": "tool_result", "content": [{"type": "image", "source": {"data": PIXELS}}]},
        {"toolResult": {"content": [{"image": {"source": {"bytes": PIXELS}}}]}},
    ],
)
def test_every_dialect_has_its_own_way_to_send_one(image: Any):
    assert found_in(image) == Contents(images=1, image_bytes=len(PIXELS))


@pytest.mark.parametrize(
    "image",
    [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "input_image", "file_id": "file-1"},
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"image": {"source": {"s3Location": {"uri": "s3://bucket/kiwi.jpg"}}}},
        {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://example.com/a.jpg"}},
    ],
)
def test_an_image_that_is_pointed_at_is_an_image_as_well(image: Any):
    assert found_in(image).images == 1
    assert not found_in(image).is_opaque


def test_audio_counts_by_its_base64():
    audio = {"type": "input_audio", "input_audio": {"data": SOUND, "format": "mp3"}}

    assert found_in(TEXT, audio) == Contents(audio_bytes=len(SOUND))


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "file", "file": {"file_data": "data:text/plain;base64,aGk=", "file_id": "f"}},
        {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}},
        {"type": "document", "source": {"type": "base64", "data": "JVBERi0="}},
        {"type": "image_url", "image_url": {"url": "data:application/pdf;base64,JVBERi0="}},
        {"type": "input_audio", "input_audio": {"data": SOUND, "format": "flac"}},
        {"type": "input_audio", "input_audio": {"data": "https://example.com/a", "format": "mp3"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"fileData": {"fileUri": "https://youtu.be/a", "mimeType": "video/mp4"}},
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0="}},
        {"video": {"source": {"s3Location": {"uri": "s3://bucket/a.mp4"}}}},
        {"document": {"format": "pdf", "source": {"bytes": "JVBERi0="}}},
        {"type": "hologram", "text": "of a later API"},
        {"type": 7},
        {"image": ["not", "an", "object"]},
    ],
)
def test_what_unpacks_to_more_than_was_sent_is_opaque(part: Any):
    assert found_in(TEXT, part).is_opaque


def test_earlier_audio_that_is_named_by_its_id_is_opaque():
    assert found_in(TEXT, audio={"id": "audio_1"}).is_opaque


def test_escapes_hide_nothing():
    body = rb'{"messages":[{"content":[{"typ\u0065":"\u0066ile","file":{"file_id":"f"}}]}]}'

    assert read_contents(call(body)).is_opaque


@pytest.mark.parametrize(
    "field", ["previous_response_id", "conversation", "cachedContent", "cached_content", "thread"]
)
def test_what_was_said_before_and_is_only_named_is_opaque(field: str):
    assert read_contents(call({field: "id_1", "input": "go on"}, Endpoint.RESPONSES)).is_opaque
    assert not read_contents(call({field: None, "input": "hi"}, Endpoint.RESPONSES)).is_opaque


def test_a_stored_prompt_is_opaque_and_a_prompt_of_text_is_not():
    stored = {"prompt": {"id": "pmpt_1", "variables": {"city": "Paris"}}}

    assert read_contents(call(stored, Endpoint.RESPONSES)).is_opaque
    assert not read_contents(call({"prompt": "Once"}, Endpoint.COMPLETIONS)).is_opaque


def test_an_item_of_the_responses_api_that_is_only_named_is_opaque():
    items = [{"type": "item_reference", "id": "msg_1"}]

    assert read_contents(call({"input": items}, Endpoint.RESPONSES)).is_opaque


def test_thoughts_are_text_where_they_are_sent_along_and_opaque_where_they_are_stored():
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    spoken = {**thought, "content": [{"type": "reasoning_text", "text": "Hm."}]}

    assert read_contents(call({"input": [thought]}, Endpoint.RESPONSES)).is_opaque
    for sent in ({**thought, "encrypted_content": "gAAAA"}, spoken):
        assert read_contents(call({"input": [sent]}, Endpoint.RESPONSES)).is_text


def test_a_screenshot_is_an_image():
    shot = {"type": "computer_screenshot", "image_url": PICTURE}
    items = [{"type": "computer_call_output", "call_id": "c", "output": shot}]

    assert read_contents(call({"input": items}, Endpoint.RESPONSES)).images == 1


def test_a_hundred_nested_lists_are_opaque():
    content: Any = [{"type": "file"}]
    for _ in range(100):
        content = [{"type": "tool_result", "content": content}]

    assert found_in(*content).is_opaque


@pytest.mark.parametrize("messages", [7, "text", None, {}, [[]], [1, "a", None], {"role": "user"}])
def test_messages_that_are_none_are_read_without_a_complaint(messages: Any):
    assert isinstance(read_contents(call(messages=messages)), Contents)


def test_inputs_of_embeddings_are_looked_into_where_they_are_objects():
    tokens = {"input": [[1, 2, 3]] * 1000}
    pictures = {"input": [{"image": "https://example.com/a.png"}, {"video": {"url": "…"}}]}

    assert read_contents(call(tokens, Endpoint.EMBEDDINGS)).is_text
    assert read_contents(call(pictures, Endpoint.EMBEDDINGS)).is_opaque
