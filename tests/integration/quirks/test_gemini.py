"""What Gemini and Vertex AI really send, each trap of it on its own, for clients of three dialects.

Every answer is synthetic: written by hand after what Google sends.
"""

import json

import openai
import pytest

from tests.fakes.upstream import Scripted, whole
from tests.integration.quirks.saying.gemini import GEMINI, Json, candidate, chunk, crlf, said
from tests.integration.quirks.stage import HELLO, Stage, counted_of

DIALECTS = ("chat", "messages", "responses")


def answer(streamed: bool, *chunks: Json) -> Scripted:
    """As a stream, or the last chunk of it as a whole answer."""
    return crlf(*chunks) if streamed else whole(chunks[-1])


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", ["gemini", "vertex"])
def test_streams_have_crlf_no_names_and_no_done(stage: Stage, kind: str, dialect: str):
    model = stage.model(kind, GEMINI)
    stage.answers(kind, crlf(said("Hel"), said("lo"), said("", finishReason="STOP")))

    heard = stage.hears(dialect, model, stream=True)

    assert (heard.said.text, heard.said.stop, heard.tokens) == ("Hello", "end", (9, 4))
    assert stage.upstream.asked[-1].query == "alt=sse"
    stage.has_booked(9, 4)


TRAFFIC = {"trafficType": "ON_DEMAND"}
STREAMED: dict[str, tuple[list[Json | None], tuple[int, ...]]] = {
    "told in every chunk, all in all": (
        [
            {"promptTokenCount": 8, "candidatesTokenCount": 2},
            {"promptTokenCount": 8, "candidatesTokenCount": 5},
            {"promptTokenCount": 8, "candidatesTokenCount": 7},
        ],
        (8, 7),
    ),
    "the prompt's count changes": (
        [
            {"promptTokenCount": 8, "candidatesTokenCount": 2},
            {"promptTokenCount": 8, "candidatesTokenCount": 5},
            {"promptTokenCount": 427, "candidatesTokenCount": 7},
        ],
        (427, 7),
    ),
    "Vertex says how it is served before it counts": (
        [TRAFFIC, TRAFFIC, {**TRAFFIC, "promptTokenCount": 8, "candidatesTokenCount": 7}],
        (8, 7),
    ),
    "the answer's count vanishes in the last chunk": (
        [
            {"promptTokenCount": 9, "candidatesTokenCount": 15, "thoughtsTokenCount": 78},
            {"promptTokenCount": 9},
            {"promptTokenCount": 87, "thoughtsTokenCount": 78, "totalTokenCount": 165},
        ],
        (87, 78, 0, 0, 78),
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("trap", STREAMED)
def test_the_usage_of_a_stream_is_the_last_and_never_added_up(
    stage: Stage, trap: str, dialect: str
):
    usages, expected = STREAMED[trap]
    model = stage.model("vertex", GEMINI)
    first, second, last = usages
    end = said("lo", last, finishReason="STOP")
    stage.answers("vertex", crlf(said("He", first), said("l", second), end))

    heard = stage.hears(dialect, model, stream=True)

    assert (heard.said.text, heard.tokens) == ("Hello", expected[:2])
    stage.has_booked(*expected)


COUNTS: dict[str, tuple[Json, tuple[int, ...]]] = {
    "thoughts are not inside the candidates": (
        {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 50},
        (9, 54, 0, 0, 50),
    ),
    "thoughts ate all there was": (
        {"promptTokenCount": 9, "thoughtsTokenCount": 50, "totalTokenCount": 59},
        (9, 50, 0, 0, 50),
    ),
    "what tools read is not inside the prompt": (
        {"promptTokenCount": 9, "toolUsePromptTokenCount": 360, "candidatesTokenCount": 4},
        (369, 4),
    ),
    "what was cached is inside the prompt": (
        {"promptTokenCount": 900, "cachedContentTokenCount": 800, "candidatesTokenCount": 4},
        (900, 4, 800),
    ),
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("trap", COUNTS)
def test_counts_lie_beside_each_other_or_inside(stage: Stage, trap: str, streamed: bool):
    usage, expected = COUNTS[trap]
    model = stage.model("gemini", GEMINI)
    stage.answers("gemini", answer(streamed, said("Hello", usage, finishReason="STOP")))

    for dialect in DIALECTS:
        heard = stage.hears(dialect, model, stream=streamed)
        assert heard.tokens == expected[:2]
        stage.has_booked(*expected)


CALL: Json = {"functionCall": {"name": "weather", "args": {"city": "Paris"}}}
CALLS = [("weather", {"city": "Paris"}), ("weather", {"city": "Paris"})]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_calls_come_whole_without_ids_and_with_stop(stage: Stage, dialect: str, streamed: bool):
    model = stage.model("gemini", GEMINI)
    calling = chunk(candidate(CALL, CALL, finishReason="STOP"))
    stage.answers("gemini", answer(streamed, calling))

    heard = stage.hears(dialect, model, stream=streamed)

    assert (heard.said.calls, heard.said.stop) == (CALLS, "tools")
    stage.has_booked(9, 4)


ENDS: dict[str, tuple[Json, str, str]] = {
    "MAX_TOKENS": ({"finishReason": "MAX_TOKENS"}, "", "length"),
    "SAFETY": ({"finishReason": "SAFETY", "safetyRatings": []}, "", "filtered"),
    "MODEL_ARMOR": ({"finishReason": "MODEL_ARMOR", "finishMessage": "No."}, "", "filtered"),
    "STOP": ({"finishReason": "STOP"}, "", "end"),
    "no parts in its content": ({"finishReason": "STOP", "content": {"role": "model"}}, "", "end"),
    "a number for STOP": ({**candidate({"text": "Hello"}), "finishReason": 1}, "Hello", "end"),
    "a number for MAX_TOKENS": ({**candidate({"text": "Hi"}), "finishReason": 2}, "Hi", "length"),
    "a number for SAFETY": ({"finishReason": 3}, "", "filtered"),
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_a_candidate_may_have_no_parts_and_a_number_for_its_reason(
    stage: Stage, end: str, streamed: bool
):
    given, text, stop = ENDS[end]
    model = stage.model("vertex", GEMINI)
    stage.answers("vertex", answer(streamed, chunk(given)))

    for dialect in DIALECTS:
        heard = stage.hears(dialect, model, stream=streamed)
        assert (heard.said.text, heard.said.stop) == (text, stop)
        stage.has_booked(9, 4)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_question_that_is_blocked_has_no_candidates_and_is_an_answer(
    stage: Stage, streamed: bool
):
    model = stage.model("gemini", GEMINI)
    feedback = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
    blocked = {**feedback, "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9}}
    stage.answers("gemini", answer(streamed, blocked))

    for dialect in DIALECTS:
        heard = stage.hears(dialect, model, stream=streamed)
        assert (heard.said.text, heard.said.stop) == ("", "filtered")
        stage.has_booked(9, 0)


@pytest.mark.parametrize("status", [400, 404])
def test_a_refused_stream_is_indented_json_that_says_it_is_a_stream(stage: Stage, status: int):
    model = stage.model("gemini", GEMINI)
    error = {"code": status, "message": "No such thing.", "status": "INVALID_ARGUMENT"}
    body = json.dumps({"error": error}, indent=2).encode()
    stage.answers("gemini", Scripted(status, {"content-type": "text/event-stream"}, [body]))

    with pytest.raises(openai.APIStatusError) as refused:
        stage.openai.chat.completions.create(model=model, messages=HELLO, stream=True)

    assert refused.value.status_code == status
    assert refused.value.body["message"] == "No such thing."
    row = stage.record()
    assert (row.status, row.error_code, row.cost_usd) == (status, "upstream_refused", 0)
    assert counted_of(row) == (0, 0, 0, 0, 0)
