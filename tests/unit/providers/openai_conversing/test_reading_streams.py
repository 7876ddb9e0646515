"""Streams of OpenAI and of servers that are almost like it. Bodies are synthetic."""

import pytest

from dataplane.conversation.answer import (
    CitationDelta,
    Ended,
    ReasoningDelta,
    RefusalDelta,
    Started,
    Stop,
    Stopped,
    TextDelta,
    UsageReported,
)
from dataplane.conversation.signatures import marked
from tests.unit.providers.openai_conversing.asking import chunk, events, kinds, raw

DONE = b"data: [DONE]\n\n"
STARTED = Started("c-1", "gpt-1")
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
NOTHING_NEW = chunk({"role": "assistant", "content": ""})


def test_text_comes_piece_by_piece_and_ends():
    assert events(
        NOTHING_NEW,
        chunk({"content": "Hel"}, obfuscation="xyz"),
        chunk({"content": "lo"}),
        chunk(finish_reason="stop"),
        {"id": "c-1", "choices": [], "usage": USAGE},
        DONE,
    ) == [
        STARTED,
        TextDelta("Hel"),
        TextDelta("lo"),
        Stopped(Stop.END),
        UsageReported(tokens=usage().tokens, usage=USAGE),
        Ended(),
    ]


def usage() -> UsageReported:
    (event,) = events({"choices": [], "usage": USAGE})
    assert isinstance(event, UsageReported)
    return event


def test_a_chunk_about_the_prompt_starts_nothing():
    azure = {"id": "", "model": "", "choices": [], "prompt_filter_results": [{}]}

    assert events(azure, NOTHING_NEW) == [STARTED]


def test_a_chunk_behind_usage_says_nothing():
    moderation = {"id": "c-1", "choices": [], "moderation": {}, "usage": None}

    assert kinds(NOTHING_NEW, {"choices": [], "usage": USAGE}, moderation) == [
        Started,
        UsageReported,
    ]


def test_usage_in_every_chunk_replaces_the_one_before():
    counts = [{"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n} for n in (1, 2)]
    perplexity = [chunk({"content": "a"}, usage=each) for each in counts]

    reports = [event for event in events(*perplexity) if isinstance(event, UsageReported)]

    assert [report.tokens.output for report in reports] == [1, 2]


def test_usage_beside_the_last_choice_comes_behind_its_end():
    assert kinds(chunk({"content": "a"}, "stop", usage=USAGE)) == [
        Started,
        TextDelta,
        Stopped,
        UsageReported,
    ]


def test_groqs_usage_is_found_in_its_own_field():
    groq = chunk(finish_reason="stop", x_groq={"id": "r", "usage": USAGE})

    assert kinds(groq)[-1] is UsageReported


def test_nonsense_in_usage_is_left_to_the_books():
    (report,) = events({"choices": [], "usage": "many"})

    assert report == UsageReported(tokens=usage().tokens.__class__(), usage="many")


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_have_many_names(name: str):
    assert events(chunk({name: "Hm"}))[1] == ReasoningDelta("Hm")


def test_mistrals_thoughts_are_a_list_in_the_content():
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}

    found = events(chunk({"content": [thought]}), chunk({"content": "Hi"}))

    assert found[1:] == [ReasoningDelta("Hm"), TextDelta("Hi")]


def test_openrouters_proofs_come_behind_its_thoughts():
    text = {"type": "reasoning.text", "text": "Hm", "format": "f", "index": 0}
    proof = {"type": "reasoning.text", "text": "", "signature": "sig", "format": "f", "index": 0}
    sealed = {"type": "reasoning.encrypted", "data": "data", "index": 1}

    found = events(
        chunk({"content": "", "reasoning": "Hm", "reasoning_details": [text]}),
        chunk({"content": "", "reasoning": None, "reasoning_details": [proof]}),
        chunk({"reasoning_details": [sealed]}),
    )

    assert found[1:] == [
        ReasoningDelta("Hm"),
        ReasoningDelta(signature=marked('{"proof":"sig","format":"f"}', "openrouter")),
        ReasoningDelta(redacted=marked('{"proof":"data"}', "openrouter")),
    ]


def test_a_refusal_ends_as_one():
    found = events(chunk({"refusal": "No"}), chunk(finish_reason="stop"))

    assert found[1:] == [RefusalDelta("No"), Stopped(Stop.REFUSAL)]


def test_annotations_are_citations():
    page = {"type": "url_citation", "url_citation": {"url": "https://a.example", "title": "A"}}

    citation = events(chunk({"content": "", "annotations": [page]}))[1]

    assert isinstance(citation, CitationDelta)
    assert citation.citation["url"] == "https://a.example"


def test_an_end_that_is_told_twice_is_one():
    twice = [chunk({"content": "a"}, "length"), chunk(finish_reason="length")]

    assert kinds(*twice, DONE) == [Started, TextDelta, Stopped, Ended]


@pytest.mark.parametrize("reason", [None, ""])
def test_an_end_that_is_not_told_comes_with_the_end_of_the_stream(reason: str | None):
    found = events(chunk({"content": "a"}, reason), chunk({}, reason), DONE)

    assert found[-2:] == [Stopped(Stop.END), Ended()]


def test_a_stream_need_not_say_that_it_is_done():
    crlf = b": ping\r\n\r\n", raw(chunk({"content": "a"}, "eos")).replace(b"\n", b"\r\n")

    assert kinds(*crlf) == [Started, TextDelta, Stopped]


def test_each_choice_has_its_own_end():
    second = {"index": 1, "delta": {"content": "b"}, "finish_reason": None}

    found = events(chunk({"content": "a"}), {"choices": [second]}, DONE)

    assert found[1:] == [
        TextDelta("a"),
        TextDelta("b", choice=1),
        Stopped(Stop.END),
        Stopped(Stop.END, choice=1),
        Ended(),
    ]


def test_comments_and_empty_events_say_nothing():
    assert events(b": OPENROUTER PROCESSING\n\n", b"\n\n", b"data: \n\n", b"event: ping\n\n") == []
