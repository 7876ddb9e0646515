"""What Anthropic really sends beside the answer, each trap of it on its own, for clients of three
dialects: pings, padding, blocks of its own tools, proofs of thoughts.

Every answer is synthetic: written by hand after what Anthropic sends.
"""

from typing import Any

import pytest

from tests.fakes.upstream import stream, whole
from tests.integration.quirks.saying.claude import CLAUDE, PING, begun, block, ended, padded, text
from tests.integration.quirks.stage import HELLO, OUTPUT_TOKENS_MAX, Stage

DIALECTS = ("messages", "chat", "responses")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_pings_may_come_anywhere_and_lines_are_padded(stage: Stage, dialect: str):
    model = stage.model("anthropic", CLAUDE)
    start, hello, end = begun(), block(0, text("Hello")), ended("end_turn")
    events = [start, PING, hello[0], PING, *hello[1:], PING, *end]
    stage.answers("anthropic", stream(padded(events)))

    stage.hears_hello(dialect, model)
    stage.has_booked(9, 4)


def test_what_passes_is_passed_to_the_byte(stage: Stage):
    model = stage.model("anthropic", CLAUDE)
    events = padded([begun(), PING, *block(0, text("Hello")), *ended("end_turn")])
    stage.answers("anthropic", stream(events))

    raw = stage.claude.messages.with_raw_response.create(
        model=model, messages=HELLO, max_tokens=OUTPUT_TOKENS_MAX, stream=True
    )

    assert raw.http_response.read() == b"".join(events)
    stage.has_booked(9, 4)


SIGNATURE = "EqQBCgIYAhIM+/8=" * 20
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": SIGNATURE}
SEALED = {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix/+=="}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
MCP = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "ask", "input": {}, "server_name": "s"}
ASKED = {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "content": [], "is_error": False}
ALL = [THOUGHT, SEALED, text("Hel"), SEARCH, FOUND, MCP, ASKED, text("lo")]
EVENTS = [each for index, given in enumerate(ALL) for each in block(index, given)]


def test_every_block_passes_and_signatures_are_whole(stage: Stage):
    model = stage.model("anthropic", CLAUDE)
    stage.answers("anthropic", stream(padded([begun(), *EVENTS, *ended("pause_turn")])))

    with stage.claude.messages.stream(
        model=model, messages=HELLO, max_tokens=OUTPUT_TOKENS_MAX
    ) as events:
        said = events.get_final_message()

    assert [each.type for each in said.content] == [each["type"] for each in ALL]
    assert said.content[0].signature == SIGNATURE
    assert said.content[1].data == SEALED["data"]
    assert said.stop_reason == "pause_turn"
    stage.has_booked(9, 4)


@pytest.mark.parametrize("streamed", [False, True])
def test_blocks_that_others_have_no_form_for_are_left_out_and_text_stays_whole(
    stage: Stage, streamed: bool
):
    model = stage.model("anthropic", CLAUDE)
    body = {**begun()["message"], "content": ALL, "stop_reason": "pause_turn"}
    events = stream(padded([begun(), *EVENTS, *ended("pause_turn")]))

    # A turn that Anthropic paused is at its end in chat, and incomplete in Responses.
    for dialect, stop in (("chat", "end"), ("responses", "length")):
        stage.answers("anthropic", events if streamed else whole(body))
        said = stage.hears(dialect, model, stream=streamed).said
        assert (said.text, said.calls, said.stop) == ("Hello", [], stop)
        stage.has_booked(9, 4)


@pytest.mark.parametrize("streamed", [False, True])
def test_proofs_of_thoughts_come_back_to_the_byte(stage: Stage, streamed: bool):
    model = stage.model("anthropic", CLAUDE)
    body = {**begun()["message"], "content": [THOUGHT, SEALED, text("Hello")]}
    events = [each for index, given in enumerate(body["content"]) for each in block(index, given)]
    said = stream(padded([begun(), *events, *ended("end_turn")])) if streamed else whole(body)
    stage.answers("anthropic", said)
    asked: Any = {"model": model, "messages": HELLO}

    if streamed:
        with stage.openai.chat.completions.stream(**asked) as pieces:
            message = pieces.get_final_completion().choices[0].message
    else:
        message = stage.openai.chat.completions.create(**asked).choices[0].message
    history = [*HELLO, message.model_dump(exclude_none=True), *HELLO]
    stage.answers("anthropic", whole(body))
    stage.openai.chat.completions.create(**{**asked, "messages": history})

    assert stage.asked["messages"][1]["content"][:2] == [THOUGHT, SEALED]
