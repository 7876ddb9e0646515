"""Every part that a message of the user may have."""

from typing import Any

import pytest

from dataplane.conversation.parts import CacheMark, Media, Text
from dataplane.conversation.request import Message
from tests.unit.dialects.chat_completions.saying import refused, turns

PNG = "data:image/png;base64,iVBO"
PART = "messages[0].content[0]"
EPHEMERAL = {"type": "ephemeral"}

PARTS = [
    ({"type": "text", "text": "Hi"}, Text("Hi", PART)),
    ({"type": "text", "text": "Hi", "image_url": None}, Text("Hi", PART)),
    ({"type": "text", "text": "Hi", "of_the_future": None}, Text("Hi", PART)),
    (
        {"type": "text", "text": "Hi", "cache_control": EPHEMERAL},
        Text("Hi", PART, CacheMark()),
    ),
    (
        {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        Text("Hi", PART, CacheMark("1h")),
    ),
    (
        {"type": "text", "text": "Hi", "prompt_cache_breakpoint": {"mode": "explicit"}},
        Text("Hi", PART, CacheMark()),
    ),
    (
        {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
        Media("image", "image/png", data="iVBO", detail="low", path=PART),
    ),
    (
        {"type": "image_url", "image_url": PNG},
        Media("image", "image/png", data="iVBO", path=PART),
    ),
    (
        {"type": "image_url", "image_url": {"url": "https://a.example/b", "detail": "auto"}},
        Media("image", None, url="https://a.example/b", path=PART),
    ),
    (
        {"type": "image_url", "image_url": {"url": "DATA:application/PDF;base64,JVBE"}},
        Media("document", "application/pdf", data="JVBE", path=PART),
    ),
    (
        {"type": "video_url", "video_url": {"url": "gs://bucket/film.mp4"}},
        Media("video", None, url="gs://bucket/film.mp4", path=PART),
    ),
    (
        {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
        Media("audio", "audio/wav", data="UklG", path=PART),
    ),
    (
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE"}},
        Media("document", "application/pdf", data="JVBE", path=PART),
    ),
    (
        {"type": "file", "file": {"file_data": "JVBE", "filename": "a.pdf"}},
        Media("document", "application/pdf", data="JVBE", name="a.pdf", path=PART),
    ),
    (
        {"type": "file", "file": {"file_data": "https://a.example/b.pdf"}},
        Media("document", None, url="https://a.example/b.pdf", path=PART),
    ),
    (
        {"type": "file", "file": {"file_id": "file-1", "format": "image/png"}},
        Media("image", "image/png", file_id="file-1", path=PART),
    ),
]

WRONG_PARTS = [
    ({"type": "text"}, "missing_field", f"{PART}.text"),
    ({"text": "Hi"}, "missing_field", f"{PART}.type"),
    ({"type": "text", "text": 5}, "invalid_field", f"{PART}.text"),
    ({"type": "text", "text": "Hi", "bold": True}, "unsupported_parameter", f"{PART}.bold"),
    ({"type": "hologram"}, "unsupported_parameter", f"{PART}.type"),
    ({"type": "refusal", "refusal": "No"}, "invalid_field", f"{PART}.type"),
    ({"type": "image_url"}, "missing_field", f"{PART}.image_url"),
    (
        {"type": "image_url", "image_url": {"url": "/etc/passwd"}},
        "invalid_field",
        f"{PART}.image_url.url",
    ),
    (
        {"type": "image_url", "image_url": {"url": "data:image/png,raw"}},
        "invalid_field",
        f"{PART}.image_url.url",
    ),
    (
        {"type": "input_audio", "input_audio": {"data": "AA", "format": "midi"}},
        "invalid_field",
        f"{PART}.input_audio.format",
    ),
    ({"type": "file", "file": {}}, "invalid_field", f"{PART}.file"),
    (
        {"type": "file", "file": {"file_data": "AA", "file_id": "f"}},
        "invalid_field",
        f"{PART}.file",
    ),
    (
        {"type": "text", "text": "Hi", "cache_control": {"type": "forever"}},
        "invalid_field",
        f"{PART}.cache_control.type",
    ),
]


@pytest.mark.parametrize(("part", "meaning"), PARTS, ids=str)
def test_a_part_of_the_user_is_read(part: dict[str, Any], meaning: Any):
    assert turns({"role": "user", "content": [part]}).messages == [Message("user", [meaning])]


@pytest.mark.parametrize(("part", "code", "param"), WRONG_PARTS, ids=str)
def test_a_wrong_part_is_refused_by_its_path(part: dict[str, Any], code: str, param: str):
    refusal = refused(messages=[{"role": "user", "content": [part]}])

    assert (refusal.code, refusal.param) == (code, param)
