"""Calls of functions in streams, in the pieces of many servers. Bodies are synthetic."""

from typing import Any

from dataplane.conversation.answer import (
    Event,
    Stop,
    Stopped,
    ToolCallDelta,
    ToolCallStarted,
)
from tests.unit.providers.openai_conversing.asking import Fields, chunk, events


def call(index: int | None = 0, id: str | None = None, **function: Any) -> Fields:
    """A piece of a call, as a delta has it."""
    piece = {"index": index, "id": id, "function": function}
    return chunk({"tool_calls": [{key: each for key, each in piece.items() if each is not None}]})


def calls(*chunks: Any) -> list[Event]:
    """The events of calls alone."""
    found = events(*chunks, chunk(finish_reason="tool_calls"))
    return [event for event in found if isinstance(event, ToolCallStarted | ToolCallDelta)]


def test_a_call_starts_with_its_name_and_goes_on_by_its_index():
    assert calls(
        call(0, "c1", name="add", arguments=""),
        call(1, "c2", name="now", arguments=""),
        call(0, arguments='{"a"'),
        call(1, arguments="{}"),
        call(0, arguments=":1}"),
    ) == [
        ToolCallStarted(0, "c1", "add"),
        ToolCallStarted(1, "c2", "now"),
        ToolCallDelta(0, '{"a"'),
        ToolCallDelta(1, "{}"),
        ToolCallDelta(0, ":1}"),
    ]


def test_a_call_beside_the_role_is_one():
    first = {"role": "assistant", "content": None, "refusal": None}
    piece = {"index": 0, "id": "c1", "function": {"name": "add", "arguments": "{}"}}

    found = calls(chunk({**first, "tool_calls": [piece]}))

    assert found == [ToolCallStarted(0, "c1", "add"), ToolCallDelta(0, "{}")]


def test_whole_calls_under_one_index_are_calls_of_their_own():
    gemini = [call(0, name="add", arguments="{}"), call(0, name="add", arguments="{}")]

    started = [event for event in calls(*gemini) if isinstance(event, ToolCallStarted)]

    assert [event.index for event in started] == [0, 1]
    assert len({event.id for event in started}) == 2


def test_calls_without_an_index_are_told_apart_by_their_names():
    found = calls(
        call(None, "c1", name="add", arguments="{"),
        call(None, arguments="}"),
        call(None, "c2", name="now", arguments="{}"),
        call(7, arguments="lost"),
    )

    assert found == [
        ToolCallStarted(0, "c1", "add"),
        ToolCallDelta(0, "{"),
        ToolCallDelta(0, "}"),
        ToolCallStarted(1, "c2", "now"),
        ToolCallDelta(1, "{}"),
    ]


def test_a_server_that_repeats_id_and_name_goes_on_with_one_call():
    found = calls(
        call(0, "c1", name="add", arguments="{"), call(0, "c1", name="add", arguments="}")
    )

    assert found == [
        ToolCallStarted(0, "c1", "add"),
        ToolCallDelta(0, "{"),
        ToolCallDelta(0, "}"),
    ]


def test_a_name_that_comes_late_starts_the_call():
    found = calls(call(0, "c1", arguments="{"), call(0, name="add", arguments="}"))

    assert found == [ToolCallStarted(0, "c1", "add"), ToolCallDelta(0, "{}")]


def test_a_call_without_arguments_has_an_empty_object_of_them():
    assert calls(call(0, "c1", name="now", arguments="")) == [
        ToolCallStarted(0, "c1", "now"),
        ToolCallDelta(0, "{}"),
    ]


def test_a_forced_call_that_ends_with_stop_waits_for_its_result():
    found = events(call(0, "c1", name="add", arguments="{}"), chunk(finish_reason="stop"))

    assert found[-1] == Stopped(Stop.TOOL_CALLS)
