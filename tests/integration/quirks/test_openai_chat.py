"""What servers of OpenAI's chat completions really send, each trap of it on its own.

Every answer is synthetic: written by hand after what the named server sends.
"""

from typing import Any

import pytest

from tests.fakes.upstream import stream, whole
from tests.integration.quirks.saying.openai_chat import (
    ALONE,
    DONE,
    HEL,
    HELLO_SAID,
    LO,
    ROLE,
    START,
    STOP,
    USAGE,
    chunk,
    message,
)
from tests.integration.quirks.stage import HELLO, OUTPUT_TOKENS_MAX, Stage, datas

# Clients to whom the bytes pass, and those who are answered in other words.
BOTH = ("chat", "messages")


@pytest.mark.parametrize("kind", ["openai", "azure_openai", "openai_compatible"])
def test_usage_of_streams_is_asked_for_and_hidden_from_clients_that_did_not(
    stage: Stage, kind: str
):
    model = stage.model(kind, "gpt-4o")
    stage.answers(kind, stream(datas([*HELLO_SAID, ALONE, DONE])))

    chunks = list(stage.openai.chat.completions.create(model=model, messages=HELLO, stream=True))

    assert stage.asked["stream_options"] == {"include_usage": True}
    assert [each for each in chunks if each.usage or not each.choices] == []
    stage.has_booked(9, 4)


@pytest.mark.parametrize("dialect", BOTH)
def test_the_last_chunk_has_usage_and_no_choices(stage: Stage, dialect: str):
    model = stage.model("openai", "gpt-4o")
    stage.answers("openai", stream(datas([*HELLO_SAID, ALONE, DONE])))

    stage.hears_hello(dialect, model)
    stage.has_booked(9, 4)


@pytest.mark.parametrize("dialect", BOTH)
def test_a_chunk_may_come_behind_the_one_with_usage(stage: Stage, dialect: str):
    """OpenAI's moderation."""
    model = stage.model("openai", "gpt-4o")
    moderated = {**START, "choices": [], "moderation": {"flagged": False}}
    stage.answers("openai", stream(datas([*HELLO_SAID, ALONE, moderated, DONE])))

    stage.hears_hello(dialect, model)
    stage.has_booked(9, 4)


def so_far(words: dict[str, Any], tokens: int) -> dict[str, Any]:
    return {**words, "usage": {**USAGE, "completion_tokens": tokens, "total_tokens": 9 + tokens}}


PLACES = {
    "deepseek": [*HELLO_SAID[:3], {**STOP, "usage": USAGE}, DONE],
    "mistral": [ROLE, HEL, chunk({"content": "lo"}, "stop", usage=USAGE), DONE],
    "openrouter": [*HELLO_SAID, chunk({"role": "assistant", "content": ""}, usage=USAGE), DONE],
    "zai": [*HELLO_SAID[:3], {**STOP, "usage": USAGE}, DONE],
    "gpustack": [*HELLO_SAID[:3], {**STOP, "usage": USAGE}, DONE],
    "perplexity": [so_far(each, tokens) for tokens, each in enumerate(HELLO_SAID, start=1)],
    "groq": [*HELLO_SAID[:3], {**STOP, "x_groq": {"id": "req_1", "usage": USAGE}}, DONE],
}


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("server", PLACES)
def test_usage_is_read_wherever_a_server_puts_it_and_never_added_up(
    stage: Stage, server: str, dialect: str
):
    model = stage.model("openai_compatible", "m", price_list=server)
    stage.answers(server, stream(datas(PLACES[server])))

    stage.hears_hello(dialect, model)
    stage.has_booked(9, 4)


@pytest.mark.parametrize("dialect", BOTH)
def test_mistral_refuses_to_be_asked_for_the_usage_it_sends_unasked(stage: Stage, dialect: str):
    """Its answer to `stream_options.include_usage` is a 422."""
    model = stage.model("openai_compatible", "m", price_list="mistral")
    stage.answers("mistral", stream(datas(PLACES["mistral"])))

    stage.hears_hello(dialect, model)
    assert "stream_options" not in stage.asked
    stage.has_booked(9, 4)


@pytest.mark.parametrize("dialect", BOTH)
def test_azures_first_chunk_has_no_choices(stage: Stage, dialect: str):
    model = stage.model("azure_openai", "gpt-4o")
    safe = {"hate": {"filtered": False, "severity": "safe"}}
    first = {"choices": [], "id": "", "prompt_filter_results": [{"content_filter_results": safe}]}
    stage.answers("azure_openai", stream(datas([first, *HELLO_SAID, ALONE, DONE])))

    stage.hears_hello(dialect, model)
    stage.has_booked(9, 4)


@pytest.mark.parametrize("dialect", BOTH)
def test_padding_against_eavesdroppers_is_tolerated(stage: Stage, dialect: str):
    model = stage.model("openai", "gpt-4o")
    padded = [{**each, "obfuscation": "x" * size} for size, each in enumerate(HELLO_SAID)]
    stage.answers("openai", stream(datas([*padded, {**ALONE, "obfuscation": "xyz"}, DONE])))

    stage.hears_hello(dialect, model)
    stage.has_booked(9, 4)


def call(index: int, arguments: str, **named: Any) -> dict[str, Any]:
    """A piece of a call; only the first piece has an id and a name."""
    function = {"arguments": arguments, **({"name": named["name"]} if named else {})}
    known = {"id": named["id"], "type": "function"} if named else {}
    return chunk({"tool_calls": [{"index": index, **known, "function": function}]})


CALLED = [
    ROLE,
    call(0, "", id="call_a", name="weather"),
    call(0, '{"city":'),
    call(0, '"Paris"}'),
    call(1, "", id="call_b", name="time"),
    call(1, '{"zone":"CET"}'),
]
CALLS = [("weather", {"city": "Paris"}), ("time", {"zone": "CET"})]


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("finish", ["tool_calls", "stop"])
def test_calls_come_in_pieces_by_index_and_may_end_with_stop(
    stage: Stage, finish: str, dialect: str
):
    """`stop` with calls is what OpenAI says of a forced one."""
    model = stage.model("openai", "gpt-4o")
    stage.answers("openai", stream(datas([*CALLED, chunk({}, finish), ALONE, DONE])))

    heard = stage.hears(dialect, model, stream=True)

    assert (heard.said.calls, heard.said.stop) == (CALLS, "tools")
    stage.has_booked(9, 4)


@pytest.mark.parametrize("streamed", [False, True])
def test_calls_without_an_id_get_one(stage: Stage, streamed: bool):
    """Gemini's endpoint for OpenAI's dialect gives none; a result must name one."""
    model = stage.model("openai_compatible", "gemini", price_list="google")
    named = {"function": {"name": "weather", "arguments": '{"city":"Paris"}'}, "type": "function"}
    calls = {"tool_calls": [{"index": 0, **named}, {"index": 1, **named}]}
    answered = [chunk({"role": "assistant", **calls}), STOP, ALONE, DONE]
    answer = stream(datas(answered)) if streamed else whole(message(content=None, **calls))
    stage.answers("google", answer)
    asked: Any = {"model": model, "messages": HELLO, "max_tokens": OUTPUT_TOKENS_MAX}

    if streamed:
        with stage.claude.messages.stream(**asked) as events:
            said = events.get_final_message()
    else:
        said = stage.claude.messages.create(**asked)

    uses = [block for block in said.content if block.type == "tool_use"]
    assert [use.input for use in uses] == [{"city": "Paris"}] * 2
    assert len({use.id for use in uses}) == 2
    assert said.stop_reason == "tool_use"
    stage.has_booked(9, 4)


ENDS = {
    "twice (OpenRouter)": ([STOP, chunk({"content": ""}, "stop")], "end"),
    "never": ([], None),
    "empty (Snowflake)": ([chunk({}, "")], None),
    "eos (Together)": ([chunk({}, "eos")], "end"),
}
"""And what clients hear to whom the bytes pass."""


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("end", ENDS)
def test_a_stream_may_say_oddly_why_it_ended(stage: Stage, end: str, dialect: str):
    model = stage.model("openai_compatible", "m")
    last, passed = ENDS[end]
    stage.answers("openai", stream(datas([ROLE, HEL, LO, *last, ALONE, DONE])))

    heard = stage.hears(dialect, model, stream=True)

    assert heard.said.text == "Hello"
    assert heard.said.stop == (passed if dialect == "chat" else "end")
    stage.has_booked(9, 4)


@pytest.mark.parametrize("finish", [None, "", "eos"])
def test_an_answer_may_say_oddly_why_it_ended(stage: Stage, finish: str | None):
    model = stage.model("openai_compatible", "m")
    stage.answers("openai", whole(message(finish, content="Hello")))

    for dialect in BOTH:
        stage.hears_hello(dialect, model, stream=False)
        stage.has_booked(9, 4)
