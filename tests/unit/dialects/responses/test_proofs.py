"""What a provider wants back with its thoughts: given to the client, and taken back."""

import json
from typing import Any

import pytest
from openai.types.responses import Response

from dataplane.conversation.parts import Part, Reasoning, Text, ToolCall
from dataplane.dialects.responses import proofs
from dataplane.dialects.responses.dialect import Responses
from dataplane.errors import Unsupported
from tests.unit.dialects.responses.saying import asked, completion, refused, turns

HI = {"role": "user", "content": "Hi"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "3"}


def given_back(*parts: Part) -> list[Part]:
    """The parts of an answer, sent through the SDK and read again as the turn before the next."""
    body = Responses().write(asked(), completion(*parts))
    output = Response.model_validate_json(body).output
    items: list[Any] = [item.model_dump() for item in output]
    calls = [part.id for part in parts if isinstance(part, ToolCall)]
    results = [{**OUTPUT, "call_id": call_id} for call_id in calls]
    found = turns(HI, *items, *results, HI).messages[1].parts
    for part in found:
        part.path = ""
    return found


@pytest.mark.parametrize(
    "thought",
    [
        Reasoning("Hm.\n\nWell.", signature="EqQB+/=="),
        Reasoning("", signature="EqQB"),
        Reasoning("", redacted="EmwK"),
        Reasoning("Hm"),
        Reasoning("", signature='"\\\n é'),
    ],
)
def test_thoughts_come_back_as_they_were(thought):
    assert given_back(thought, Text("Hi")) == [thought, Text("Hi")]


def test_the_signature_of_a_call_comes_back_with_it():
    calls = [ToolCall("c1", "add", "{}", signature="s1"), ToolCall("c2", "sub", "{}")]

    assert given_back(Reasoning("Hm", signature="s"), *calls) == [
        Reasoning("Hm", signature="s"),
        *calls,
    ]


def test_a_call_may_come_back_without_its_signature():
    body = json.loads(Responses().write(asked(), completion(ToolCall("c1", "add", "{}", "s"))))

    (call,) = turns(HI, body["output"][1], OUTPUT).messages[1].parts

    assert call.signature is None


@pytest.mark.parametrize(
    "content",
    [
        "purser:",
        "purser:[]",
        'purser:{"signature":5}',
        'purser:{"signature":"EqQB',
        'purser:{"other":"x"}',
        'purser:{"signature":"\\ud800"}',
    ],
)
def test_what_was_damaged_on_the_way_is_refused(content):
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": content}

    error = refused(input=[HI, item])

    assert (error.code, error.param) == ("invalid_field", "input[1].encrypted_content")


def test_what_another_provider_encrypted_is_refused():
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "garbage"}

    error = refused(input=[HI, item])

    assert isinstance(error, Unsupported)
    assert error.param == "input[1].encrypted_content"


def test_what_openai_encrypted_is_left_out_so_that_another_can_go_on():
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAAABo"}

    found = turns(HI, item, {"role": "assistant", "content": "Hello"}, HI)

    assert found.messages[1].parts == [Text("Hello", "input[2].content")]
    assert found.ignored == ["input[]"]


@pytest.mark.parametrize(
    ("items", "kept"),
    [
        ([HI, {"type": "reasoning", "encrypted_content": "purser:{}"}, HI], [HI, HI]),
        ([{"type": "reasoning", "encrypted_content": "gAAAA"}], None),
        ([{"type": "reasoning", "encrypted_content": 5}, "purser:", {}, None], None),
        ([{"role": "user", "content": "purser:"}], None),
        ("purser:", None),
    ],
)
def test_what_carries_a_proof_is_left_out_for_those_who_did_not_give_it(items, kept):
    found = json.loads(proofs.left_out(json.dumps(items).encode()))

    assert found == (items if kept is None else kept)


@pytest.mark.parametrize("items", [b"[" * 5000, b'["\xff"]', b'["\\ud800"]'])
def test_what_cannot_be_read_stays_as_it_is(items):
    assert proofs.left_out(items) == items
