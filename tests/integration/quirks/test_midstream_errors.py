"""Errors in the middle of a stream that began with 200: invisible before the first word while
another can answer, and behind it one error in the client's own dialect, with what was used booked.

Every stream is synthetic (`failing_streams`).
"""

import pytest

from tests import catalog
from tests.fakes.upstream import stream
from tests.integration.quirks.failing_streams import ALL
from tests.integration.quirks.saying.openai_chat import ALONE, DONE, HELLO_SAID
from tests.integration.quirks.saying.openai_responses import BEGUN, COMPLETED
from tests.integration.quirks.saying.openai_responses import HELLO as HELLO_DELTAS
from tests.integration.quirks.stage import (
    ERRORS,
    HELLO,
    Stage,
    counted_of,
    datas,
    named,
)
from tests.integration.replay.heard import in_chat, in_responses

CASES = [
    pytest.param(name, dialect, id=f"{name}-{dialect}")
    for name, failing in ALL.items()
    for dialect in failing.dialects
]


@pytest.mark.parametrize(("name", "dialect"), CASES)
def test_an_error_behind_the_first_word_is_the_sdks_and_what_was_used_is_booked(
    stage: Stage, name: str, dialect: str
):
    failing = ALL[name]
    model = stage.model(failing.kind, failing.model, price_list=failing.vendor)
    stage.answers(failing.kind, failing.stream(has_begun=True))
    heard: list[str] = []

    with pytest.raises(ERRORS):
        stage.listen(dialect, model, heard)

    assert "".join(heard) == "Hel"
    row = stage.record()
    assert (row.status, row.error_code) == (200, "upstream_failed")
    assert [each["error_code"] for each in row.attempts] == ["stream_failed"]
    assert row.cost_usd > 0
    if failing.counted:
        assert (row.usage_source, counted_of(row)) == ("provider", failing.counted)
    else:
        assert (row.usage_source, row.output_tokens > 0) == ("estimated", True)


PATHS = {"chat": "chat/completions", "messages": "messages", "responses": "responses"}
ENDS = ("message_stop", "message_delta", "response.completed")


@pytest.mark.parametrize(("name", "dialect"), CASES)
def test_an_error_behind_the_first_word_is_told_once_without_secrets_and_no_end_follows(
    stage: Stage, name: str, dialect: str
):
    failing = ALL[name]
    model = stage.model(failing.kind, failing.model, price_list=failing.vendor)
    stage.answers(failing.kind, failing.stream(has_begun=True))
    said = {"input": "Hi"} if dialect == "responses" else {"messages": HELLO, "max_tokens": 100}

    body = stage.post(f"/v1/{PATHS[dialect]}", {"model": model, "stream": True, **said}).text

    *before, last = [
        event
        for event in body.replace("\r\n", "\n").split("\n\n")
        if event and event != f"data: {DONE}"  # which some servers send all the same
    ]
    assert '"error"' in last
    assert not [event for event in before if '"error":{' in event.replace(" ", "")]
    assert not [each for each in ENDS if each in body]
    assert not [each for each in (catalog.CREDENTIAL, "127.0.0.1") if each in body]


@pytest.mark.parametrize("name", ALL)
def test_an_error_before_the_first_word_is_not_seen_while_a_fallback_answers(
    stage: Stage, name: str
):
    failing = ALL[name]
    model = stage.model(failing.kind, failing.model, price_list=failing.vendor)
    stage.answers(failing.kind, failing.stream(has_begun=False))
    spare = stream(named([*BEGUN, *HELLO_DELTAS, COMPLETED]))
    if "chat" in failing.dialects:
        spare = stream(datas([*HELLO_SAID, ALONE, DONE]))
    ask = in_chat if "chat" in failing.dialects else in_responses
    client = stage.client_with_fallback(spare)

    heard = ask(client, model, stream=True)

    assert heard.said.text == "Hello"
    row = stage.record()
    assert (row.status, row.error_code, row.model) == (200, None, "spare")
    assert [each["error_code"] for each in row.attempts] == ["stream_failed", None]
