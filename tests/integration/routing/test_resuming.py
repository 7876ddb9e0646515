"""A stream that breaks off after its first content: an error by default, the rest if a key wishes.

The official SDKs are the clients; the far ends speak their dialects as they are documented.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openai
import pytest

from controlplane.usage.services import verify_books
from dataplane.resuming import INSTRUCTION
from tests.fakes.upstream import Asked, Scripted, stream, whole
from tests.far_and_near import Client, Providers
from tests.integration.routing.stories import HEAD, broken, chat, chunk, words
from tests.plane import booked


def test_without_the_wish_it_ends_with_an_error(client: Client, providers: Providers):
    providers.does("far", broken([chunk("Once upon")]))
    providers.does("near", stream(chat(" a time")))

    response = client.ask(stream=True)

    assert "Once upon" in response.text
    assert '"upstream_failed"' in response.text
    assert providers.asked("near") == []


@pytest.mark.parametrize(
    "failure",
    [
        broken([chunk("Once"), chunk(" upon")]),
        stream([chunk("Once"), chunk(" upon")]),
        stream([chunk("Once"), chunk(" upon")], stall_seconds=3),
        stream([chunk("Once"), chunk(" upon"), b"data: {oops\n\n"]),
        stream([chunk("Once"), chunk(" upon"), b'data: {"error": {"message": "gone"}}\n\n']),
    ],
    ids=["reset", "early end", "stall", "garbage", "error"],
)
def test_with_it_the_client_sees_one_whole_stream(
    failure: Scripted,
    ask: Callable[..., list[Any]],
    secret: Callable[..., str],
    providers: Providers,
):
    providers.does("far", failure)
    providers.does("near", stream(chat(" a", " time", id="chatcmpl-near")))

    chunks = ask(secret("near/gpt-4o"), stream_options={"include_usage": True})

    assert words(chunks) == "Once upon a time"
    assert {each.id for each in chunks} == {"chatcmpl-far"}
    assert [each.choices[0].finish_reason for each in chunks if each.choices][-1] == "stop"
    assert sum(bool(each.usage) for each in chunks) == 1
    sent = providers.asked("near")[0].json["messages"]
    assert [turn["content"] for turn in sent[1:]] == ["Once upon", INSTRUCTION]


def test_the_record_says_so_and_both_attempts_are_paid_for(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    providers.does("far", broken([chunk("Once upon")]))
    providers.does("near", stream(chat(" a time")))

    ask(secret("near/gpt-4o"))

    record = booked().get()
    first, second = record.attempts
    assert (record.status, record.error_code, record.provider) == (200, None, "near")
    assert (first["error_code"], "resumed" in first) == ("answer_truncated", False)
    assert (second["error_code"], second["resumed"]) == (None, True)
    assert Decimal(first["cost_usd"]) > 0
    assert record.cost_usd == Decimal(first["cost_usd"]) + Decimal(second["cost_usd"])
    assert record.usage_source == "estimated", "a part of it is"
    assert (record.input_tokens, record.output_tokens) == (3, 5)
    assert verify_books() == []


def test_ids_that_are_not_openais_are_kept(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    providers.does("far", broken([chunk("Once", id="gen-1")]))
    providers.does("near", stream(chat(" upon")))

    assert {each.id for each in ask(secret("near/gpt-4o"))} == {"gen-1"}


def test_without_a_fallback_the_same_is_asked_for_the_rest(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    def script(asked: Asked) -> Scripted:
        is_rest = len(asked.json["messages"]) > 1
        return stream(chat(" a time")) if is_rest else broken([chunk("Once upon")])

    providers.scripts["far"] = script

    assert words(ask(secret())) == "Once upon a time"
    assert [each["provider"] for each in booked().get().attempts] == ["far", "far"]


def test_it_may_break_off_again_and_again(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    providers.does("far", broken([chunk("Once")]))
    providers.does("near", broken([chunk(" upon")]))

    with pytest.raises(openai.APIError):
        ask(secret("near/gpt-4o"))

    record = booked().get()
    assert [each["provider"] for each in record.attempts] == ["far", *["near"] * 4]
    assert record.error_code == "upstream_failed"
    assert record.cost_usd == sum(Decimal(each["cost_usd"]) for each in record.attempts)
    assert verify_books() == []


def test_if_nobody_goes_on_it_ends_with_the_error_and_is_booked(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    providers.does("far", broken([chunk("Once upon")]))
    providers.does("near", whole({"error": {"message": "no"}}, 500))

    with pytest.raises(openai.APIError):
        ask(secret("near/gpt-4o"))

    record = booked().get()
    assert (record.status, record.error_code, record.provider) == (200, "upstream_failed", "far")
    assert record.usage_source == "estimated"
    assert record.cost_usd == Decimal(record.attempts[0]["cost_usd"]) > 0
    assert verify_books() == []


def test_an_answer_that_calls_tools_is_not_resumed(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    function = {"name": "f", "arguments": "{"}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    choice = {"index": 0, "delta": {"tool_calls": [call]}}
    begun = b"data: " + json.dumps({**HEAD, "choices": [choice]}).encode() + b"\n\n"
    providers.does("far", broken([chunk("Let me see"), begun]))

    with pytest.raises(openai.APIError):
        ask(secret("near/gpt-4o"))

    assert providers.asked("near") == []


def test_a_hard_budget_holds_for_both(
    ask: Callable[..., list[Any]], secret: Callable[..., str], providers: Providers
):
    from controlplane.budgets.models import Budget

    Budget.objects.update(limit_usd=Decimal("0.0055"))
    providers.does("far", broken([chunk("Once upon " * 100)]))
    providers.does("near", stream(chat(" a time")))

    with pytest.raises(openai.APIError):
        ask(secret("near/gpt-4o"), max_tokens=400)

    assert providers.asked("near") == []
    record = booked().get()
    assert record.cost_usd > 0
    assert verify_books() == []
