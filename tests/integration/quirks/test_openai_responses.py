"""What servers of OpenAI's Responses API really send, each trap of it on its own.

Every answer is synthetic: written by hand after what OpenAI and OpenRouter send.
"""

import openai
import pytest

from tests.fakes.upstream import stream, whole
from tests.integration.quirks.saying.openai_responses import (
    BEGUN,
    COMPLETED,
    HELLO,
    TEXT,
    USAGE,
    delta,
    item,
    lifecycle,
)
from tests.integration.quirks.stage import Stage, counted_of, named

DONE = b"data: [DONE]\n\n"
BOOKED = (12, 30, 8, 0, 20)


def test_usage_is_null_until_the_last_event_and_no_done_follows(stage: Stage):
    model = stage.model("openai", "gpt-5")
    stage.answers("openai", stream(named([*BEGUN, *HELLO, COMPLETED])))

    heard = stage.hears("responses", model, stream=True)

    assert (heard.said.text, heard.tokens) == ("Hello", (12, 30))
    assert "stream_options" not in stage.asked
    stage.has_booked(*BOOKED)


def test_openrouters_responses_stream_has_comments_and_done(stage: Stage):
    model = stage.model("openai_compatible", "m", price_list="openrouter")
    comment = b": OPENROUTER PROCESSING\n\n"
    events = [comment, *named([*BEGUN, *HELLO, COMPLETED]), DONE]
    stage.answers("openrouter", stream(events))

    heard = stage.hears("responses", model, stream=True)

    assert (heard.said.text, heard.tokens) == ("Hello", (12, 30))
    stage.has_booked(*BOOKED)


def test_what_passes_is_passed_to_the_byte(stage: Stage):
    model = stage.model("openai", "gpt-5")
    events = [*named([*BEGUN, *HELLO, {**COMPLETED, "obfuscation": "x7Yq"}]), DONE]
    stage.answers("openai", stream(events))

    raw = stage.openai.responses.with_raw_response.create(model=model, input="Hi", stream=True)

    assert raw.http_response.read() == b"".join(events)
    stage.has_booked(*BOOKED)


def test_a_refusal_has_events_of_its_own(stage: Stage):
    model = stage.model("openai", "gpt-5")
    refusal = {"type": "refusal", "refusal": "I can't."}
    pieces = [delta("refusal", "I "), delta("refusal", "can't.")]
    end = lifecycle("completed", "completed", item(refusal), usage=USAGE)
    stage.answers("openai", stream(named([*BEGUN, *pieces, end])))

    events = list(stage.openai.responses.create(model=model, input="Hi", stream=True))

    words = [each.delta for each in events if each.type == "response.refusal.delta"]
    assert "".join(words) == "I can't."
    assert events[-1].response.output[0].content[0].refusal == "I can't."
    stage.has_booked(*BOOKED)


@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
def test_a_stream_may_end_incomplete_and_is_an_answer_all_the_same(stage: Stage, reason: str):
    model = stage.model("openai", "gpt-5")
    why = {"incomplete_details": {"reason": reason}, "usage": USAGE}
    end = lifecycle("incomplete", "incomplete", item(TEXT), **why)
    stage.answers("openai", stream(named([*BEGUN, *HELLO, end])))

    heard = stage.hears("responses", model, stream=True)

    stops = {"max_output_tokens": "length", "content_filter": "filtered"}
    assert (heard.said.text, heard.said.stop) == ("Hello", stops[reason])
    stage.has_booked(*BOOKED)


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_that_was_only_thought_is_incomplete_without_a_word(stage: Stage, streamed: bool):
    model = stage.model("openai", "gpt-5")
    why = {"incomplete_details": {"reason": "max_output_tokens"}, "usage": USAGE}
    thought = {"id": "rs_1", "type": "reasoning", "summary": []}
    end = lifecycle("incomplete", "incomplete", thought, **why)
    events = stream(named([*BEGUN, end]))
    stage.answers("openai", events if streamed else whole(end["response"]))

    heard = stage.hears("responses", model, stream=streamed)

    assert (heard.said.text, heard.said.stop) == ("", "length")
    stage.has_booked(*BOOKED)


def test_a_response_in_the_background_is_200_queued_and_reports_nothing(stage: Stage):
    """It will be billed, and nobody tells how much: booked is all that was set aside."""
    model = stage.model("openai", "gpt-5")
    queued = lifecycle("queued", "queued", background=True)["response"]
    stage.answers("openai", whole(queued))

    answer = stage.openai.responses.create(model=model, input="Hi", background=True)

    assert (answer.status, answer.usage) == ("queued", None)
    row = stage.record()
    assert (row.status, row.usage_source) == (200, "estimated")
    assert row.cost_usd == row.reserved_usd > 0


def test_a_stream_that_is_refused_is_plain_json_and_no_stream(stage: Stage):
    model = stage.model("openai", "gpt-5")
    error = {"type": "invalid_request_error", "param": "tools[0].type", "code": "invalid_value"}
    stage.answers("openai", whole({"error": {"message": "Invalid value: 'x'.", **error}}, 400))

    with pytest.raises(openai.BadRequestError) as refused:
        stage.openai.responses.create(model=model, input="Hi", stream=True)

    assert (refused.value.param, refused.value.code) == ("tools[0].type", "invalid_value")
    row = stage.record()
    assert (row.status, row.error_code, row.cost_usd) == (400, "upstream_refused", 0)
    assert counted_of(row) == (0, 0, 0, 0, 0)
    assert len(stage.upstream.asked) == 1
