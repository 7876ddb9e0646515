"""The simulator fails as it is told to, so that an outage can be rehearsed."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.simulator import RunningSimulator

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"
GEMINI = "/v1beta/models/echo:streamGenerateContent?alt=sse"
TURN = [{"role": "user", "content": "Hello!"}]


@pytest.fixture(scope="module")
def _simulator() -> Iterator[RunningSimulator]:
    running = RunningSimulator()
    yield running
    running.stop()


@pytest.fixture
def simulator(_simulator: RunningSimulator) -> Iterator[RunningSimulator]:
    yield _simulator
    _simulator.reset()


@pytest.fixture
def http(simulator: RunningSimulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.url, timeout=10) as client:
        yield client


def ask(model: str = "echo", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": TURN, "max_tokens": 100, **more}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("fault", ["refuse", "reset", "reset-mid-header", "truncate"])
def test_a_connection_breaks(http: httpx.Client, fault: str, streamed: bool) -> None:
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        http.post(CHAT, json=ask(fault, stream=streamed))


@pytest.mark.parametrize("fault", ["reset", "truncate"])
def test_content_has_arrived_before_a_stream_breaks(http: httpx.Client, fault: str) -> None:
    received = b""
    with http.stream("POST", CHAT, json=ask(fault, stream=True)) as answer:
        try:
            for chunk in answer.iter_raw():
                received += chunk
        except (httpx.ReadError, httpx.RemoteProtocolError):
            received += b" and no more"

    assert b"This" in received
    assert received.endswith(b" and no more")
    assert b"[DONE]" not in received


@pytest.mark.parametrize("fault", ["stall", "stall-mid-stream"])
def test_a_stall_is_silence_that_lasts(http: httpx.Client, fault: str) -> None:
    with pytest.raises(httpx.ReadTimeout):
        http.post(CHAT, json=ask(fault, stream=True), timeout=0.3)


def test_a_stall_may_end(http: httpx.Client) -> None:
    began = time.monotonic()
    answer = http.post(CHAT, json=ask("stall-1"))

    assert answer.status_code == 200
    assert time.monotonic() - began >= 1


def test_garbage_is_neither_json_nor_events(http: httpx.Client) -> None:
    whole = http.post(CHAT, json=ask("garbage"))

    assert (whole.status_code, whole.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError):
        whole.json()


@pytest.mark.parametrize(
    ("path", "event"),
    [
        (CHAT, b'data: {"error":{"message":'),
        ("/v1/responses", b"event: error\ndata: {"),
        (MESSAGES, b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"'),
        (GEMINI, b'data: {"error":{"code":503'),
        ("/model/echo/converse-stream", b"modelStreamErrorException"),
    ],
)
def test_a_stream_ends_with_the_dialects_own_error(
    simulator: RunningSimulator, http: httpx.Client, path: str, event: bytes
) -> None:
    simulator.script(fault="error_mid_stream")
    body = ask(stream=True, input="Hello!", contents=[{"role": "user", "parts": [{"text": "x"}]}])
    if "converse" in path:
        body["messages"] = [{"role": "user", "content": [{"text": "x"}]}]

    answer = http.post(path, json=body)

    assert answer.status_code == 200
    assert b"This" in answer.content.partition(event)[0]
    assert event in answer.content
    assert b"[DONE]" not in answer.content


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        (CHAT, 429, "rate_limit_error"),
        (MESSAGES, 529, "overloaded_error"),
        (MESSAGES, 429, "rate_limit_error"),
    ],
)
def test_a_status_is_answered_in_the_dialects_own_words(
    simulator: RunningSimulator, http: httpx.Client, path: str, status: int, kind: str
) -> None:
    simulator.script(fault="status", status=status, retry_after=1.5)
    answer = http.post(path, json=ask())

    assert answer.status_code == status
    assert answer.json()["error"]["type"] == kind
    assert answer.headers["retry-after"] == "1.5"


def test_a_model_and_a_header_ask_for_faults_by_name(http: httpx.Client) -> None:
    assert http.post(CHAT, json=ask("fail-529")).status_code == 529
    answer = http.post(CHAT, json=ask(), headers={"x-simulator-fault": "fail-401"})
    assert answer.status_code == 401
    assert http.post(CHAT, json=ask("fail-200")).status_code == 404


def test_a_fault_befalls_whom_it_names(simulator: RunningSimulator, http: httpx.Client) -> None:
    simulator.script(dialect="anthropic", model="echo", fault="status", status=500)

    assert http.post(MESSAGES, json=ask()).status_code == 500
    assert http.post(MESSAGES, json=ask("claude-echo")).status_code == 200
    assert http.post(CHAT, json=ask()).status_code == 200


def test_a_fault_lasts_as_often_and_as_long_as_it_says(
    simulator: RunningSimulator, http: httpx.Client
) -> None:
    simulator.script(fault="status", times=2)
    simulator.script(path="messages", fault="status", lasts_seconds=0.5)

    assert [http.post(CHAT, json=ask()).status_code for _ in range(3)] == [503, 503, 200]
    assert http.post(MESSAGES, json=ask()).status_code == 503
    time.sleep(0.6)
    assert http.post(MESSAGES, json=ask()).status_code == 200


def test_faults_are_listed_and_taken_back(simulator: RunningSimulator, http: httpx.Client) -> None:
    first = simulator.script(fault="stall", model="echo", seconds=5)
    second = simulator.script(fault="status", probability=0)
    listed = http.get("/simulator/faults").json()["faults"]

    assert listed == [first, second]
    assert http.post(CHAT, json=ask("echo-2")).status_code == 200
    assert http.delete(f"/simulator/faults/{first['id']}").json() == {"faults": [second]}
    assert http.delete(f"/simulator/faults/{first['id']}").status_code == 404
    assert http.delete("/simulator/faults").json() == {"faults": []}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "fault"),
        ({"fault": "explode"}, "fault"),
        ({"fault": ["stall"]}, "fault"),
        ({"fault": "stall", "seconds": -1}, "seconds"),
        ({"fault": "stall", "seconds": "5"}, "seconds"),
        ({"fault": "status", "status": 200}, "status"),
        ({"fault": "status", "status": True}, "status"),
        ({"fault": "status", "probability": 2}, "probability"),
        ({"fault": "status", "times": 0}, "times"),
        ({"fault": "status", "dialect": "klingon"}, "dialect"),
        ({"fault": "status", "model": 5}, "model"),
        ({"fault": "status", "when": "now"}, "when"),
    ],
)
def test_a_wrong_script_is_refused_by_name(
    http: httpx.Client, body: dict[str, Any], param: str
) -> None:
    answer = http.post("/simulator/faults", json=body)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert http.get("/simulator/faults").json() == {"faults": []}
