"""What a call to Gemini may cost at most, for the requests that clients of other dialects write."""

import json
from typing import Any

import pytest

from dataplane.dialects.chat_completions import ChatCompletions
from dataplane.metering.worst_case.estimate import worst_case
from dataplane.snapshot.model import Deployment
from tests.estimates import call
from tests.unit.providers.gemini.asking import OUTPUT_TOKENS_DEFAULT, deployment, request

MESSAGES = [{"role": "user", "content": "Hello"}]
WINDOW = 1_048_576
# https://ai.google.dev/gemini-api/docs/media-resolution: an image in the highest resolution.
IMAGE_TOKENS = 2_240


def output_bound(at: Deployment, **fields: Any) -> int:
    asked = call(messages=MESSAGES, **fields)
    return worst_case(asked, at, OUTPUT_TOKENS_DEFAULT).output_tokens


async def sent(at: Deployment, **fields: Any) -> dict[str, Any]:
    conversation = ChatCompletions().read(call(messages=MESSAGES, **fields))
    return json.loads((await request(conversation, at)).body)


@pytest.mark.parametrize("effort", [None, "low", "high", "max"])
def test_thoughts_are_within_the_models_maximum_where_nobody_set_a_limit(effort: str | None):
    thinking = {"reasoning_effort": effort} if effort else {}
    assert output_bound(deployment("gemini-2.5-pro"), **thinking) == 65_536


@pytest.mark.parametrize("effort", ["low", "medium", "high", "xhigh"])
@pytest.mark.parametrize("limit", [64, 1_000, 4_000, 60_000])
async def test_thoughts_and_answer_share_the_limit_that_was_reserved(effort: str, limit: int):
    at = deployment("gemini-2.5-flash")
    config = (await sent(at, max_tokens=limit, reasoning_effort=effort))["generationConfig"]

    assert config["maxOutputTokens"] == output_bound(at, max_tokens=limit) == limit
    assert config["thinkingConfig"]["thinkingBudget"] < limit


async def test_a_model_that_nobody_knows_may_write_what_was_reserved_and_no_more():
    at = deployment("gemini-5-boron", output_tokens_max=None, context_tokens=None)
    config = (await sent(at))["generationConfig"]
    assert config["maxOutputTokens"] == output_bound(at) == OUTPUT_TOKENS_DEFAULT


def test_each_of_several_answers_may_be_as_long():
    assert output_bound(deployment(), max_tokens=100, n=3) == 300


def content(part: dict[str, Any]) -> list[Any]:
    return [{"role": "user", "content": [{"type": "text", "text": "Look:"}, part]}]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file", "file": {"file_id": "files/a1"}},
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,aA=="},
        },
        {"type": "video_url", "video_url": {"url": "https://youtu.be/1"}},
        {"type": "input_audio", "input_audio": {"format": "flac", "data": "aGk="}},
    ],
)
def test_what_has_no_size_here_counts_as_all_that_the_model_can_read(part: dict[str, Any]):
    at = deployment("gemini-2.5-pro", context_tokens=None)
    bound = worst_case(call(messages=content(part)), at, OUTPUT_TOKENS_DEFAULT)
    assert bound.input_tokens >= WINDOW


def test_an_image_counts_as_its_most():
    url = "https://example.com/a.png"
    asked = call(messages=content({"type": "image_url", "image_url": {"url": url}}))
    bound = worst_case(asked, deployment(), OUTPUT_TOKENS_DEFAULT).input_tokens
    assert IMAGE_TOKENS <= bound < 10_000
