"""The main job as a newcomer does it: start, a key by REST, the official SDK, the report."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import httpx
import openai
import pytest

from tests.end_to_end.installation import Installation, manage
from tests.fakes.upstream import Asked, FakeUpstream, Scripted, stream, whole

FLUSH_SECONDS = 1.0  # the reports are a flush behind
HELLO = [{"role": "user", "content": "Hello"}]
USAGE = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture(scope="module")
def far() -> Iterator[FakeUpstream]:
    """The provider: it answers as OpenAI does."""
    upstream = FakeUpstream()
    upstream.script = answer
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def purser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("purser")
    for part in (folder, *folder.parents[:2]):
        part.chmod(0o755)
    installation = Installation(folder / "var")
    installation.start("--data-workers", "2")
    yield installation
    assert installation.stop() == 0


@pytest.fixture(scope="module")
def rest(purser: Installation) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {purser.facts['admin_token']}"}
    base_url = purser.facts["control_url"] + "/api/v1"
    with httpx.Client(base_url=base_url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def client(purser: Installation, rest: httpx.Client, far: FakeUpstream) -> Iterator[openai.OpenAI]:
    """An SDK with only its base URL and key changed."""
    create(rest, "customers", id="acme", name="Acme Corp")
    create(rest, "teams", id="assistant", customer="acme")
    create(
        rest,
        "providers",
        id="openai",
        kind="openai",
        base_url=f"{far.url}/v1",
        credential={"api_key": "sk-provider-secret"},
    )
    key = create(rest, "virtual-keys", id="vk_acme", customer="acme", team="assistant")
    create(rest, "budgets", owner_type="customer", owner="acme", limit_usd="5", window="month")
    url = purser.facts["data_url"] + "/v1"
    with openai.OpenAI(base_url=url, api_key=key["secret"], max_retries=0) as sdk:
        yield sdk


def create(rest: httpx.Client, resource: str, **fields: Any) -> dict[str, Any]:
    response = rest.post(f"/{resource}", json=fields)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def answer(asked: Asked) -> Scripted:
    """OpenAI, as far as this test calls it."""
    assert asked.headers["authorization"] == "Bearer sk-provider-secret"
    if asked.path == "/v1/embeddings":
        usage = {"prompt_tokens": 8, "total_tokens": 8}
        entry = {"object": "embedding", "index": 0, "embedding": [0.5, -0.5]}
        return whole({"object": "list", "data": [entry], "model": "m", "usage": usage})
    if asked.json.get("stream"):
        return stream(chunks("Hel", "lo"))
    message: dict[str, Any] = {"role": "assistant", "content": "Hello"}
    if "tools" in asked.json:
        function = {"name": "weather", "arguments": "{}"}
        call = {"id": "call_1", "type": "function", "function": function}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return whole({"id": "c", "object": "chat.completion", "choices": [choice], "usage": USAGE})


def chunks(*texts: str) -> list[bytes]:
    deltas: list[dict[str, Any]] = [{"content": text} for text in texts]
    bodies: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": d}]} for d in deltas]
    bodies.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    bodies.append({"choices": [], "usage": USAGE})
    return [b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies] + [
        b"data: [DONE]\n\n"
    ]


def test_chat(client: openai.OpenAI):
    answered = client.chat.completions.create(model="gpt-4o", messages=HELLO)

    assert answered.choices[0].message.content == "Hello"


def test_stream(client: openai.OpenAI):
    with client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True) as pieces:
        text = "".join(piece.choices[0].delta.content or "" for piece in pieces)

    assert text == "Hello"


def test_tools(client: openai.OpenAI):
    answered = client.chat.completions.create(model="gpt-4o", messages=HELLO, tools=[TOOL])

    assert answered.choices[0].message.tool_calls[0].function.name == "weather"


def test_embeddings(client: openai.OpenAI):
    answered = client.embeddings.create(model="text-embedding-3-small", input="Hello")

    assert answered.data[0].embedding == [0.5, -0.5]


@pytest.mark.parametrize(
    ("kind", "model", "secret"),
    [
        (openai.AuthenticationError, "gpt-4o", "sk-pur-nobody"),
        (openai.NotFoundError, "gpt-unheard-of", None),
        (openai.BadRequestError, "", None),
    ],
)
def test_error_classes(
    kind: type[Exception], model: str, secret: str | None, client: openai.OpenAI
):
    caller = client.with_options(api_key=secret) if secret else client

    with pytest.raises(kind):
        caller.chat.completions.create(model=model, messages=HELLO)


def test_the_report_adds_up_to_the_last_digit(
    client: openai.OpenAI, rest: httpx.Client, purser: Installation
):
    time.sleep(FLUSH_SECONDS)
    day = rest.get("/usage/summary", params={"group_by": "customer", "customer": "acme"}).json()
    client.chat.completions.create(
        model="gpt-4o",
        messages=HELLO,
        extra_headers={"x-purser-metadata": '{"team_internal_billing_code": "B-17"}'},
    )
    time.sleep(FLUSH_SECONDS)
    params = {"group_by": "metadata.team_internal_billing_code", "customer": "acme"}
    report = rest.get("/usage/summary", params=params).json()
    usage = {"provider": "openai", "model": "gpt-4o", "usage": json.dumps(USAGE)}
    arguments = [part for name, value in usage.items() for part in (f"--{name}", value)]
    priced = json.loads(manage("price", "--var", str(purser.var), *arguments).stdout)

    cost = Decimal(priced["cost_usd"])
    codes = {row["metadata.team_internal_billing_code"]: row for row in report["results"]}
    assert cost > 0
    assert Decimal(codes["B-17"]["cost_usd"]) == cost
    assert Decimal(report["total"]["cost_usd"]) == Decimal(day["total"]["cost_usd"]) + cost
    assert (
        rest.get("/budgets", params={"owner": "acme"}).json()["results"][0]["balance"]["spent_usd"]
        == (report["total"]["cost_usd"])
    )


def test_a_hard_budget_holds_over_two_processes(
    client: openai.OpenAI, rest: httpx.Client, purser: Installation
):
    create(rest, "models", id="openai/round", provider="openai", upstream_model="round")
    create(
        rest,
        "prices",
        model="openai/round",
        valid_from="2020-01-01T00:00:00Z",
        input_usd_per_mtok="0",
        output_usd_per_mtok="10",
    )
    key = create(rest, "virtual-keys", id="vk_tight", customer="acme")
    create(
        rest, "budgets", owner_type="virtual_key", owner="vk_tight", limit_usd="0.04", window="1h"
    )
    tight = client.with_options(api_key=key["secret"])

    refusals: set[str | None] = set()

    def call(_: int) -> bool:
        try:
            tight.chat.completions.create(model="openai/round", messages=HELLO, max_tokens=200)
        except openai.RateLimitError as error:
            refusals.add(error.type)
            return False
        return True

    with ThreadPoolExecutor(40) as threads:
        answered = sum(threads.map(call, range(100)))

    assert answered == 20
    assert refusals == {"budget_exceeded"}
    assert manage("verify", "--var", str(purser.var)).returncode == 0


def test_known_keys_are_served_while_the_control_plane_stands_still(
    client: openai.OpenAI, purser: Installation
):
    (control,) = purser.children("daphne")
    control.suspend()
    try:
        with pytest.raises(httpx.TimeoutException):
            httpx.get(purser.facts["control_url"] + "/healthz", timeout=0.5)
        answered = client.chat.completions.create(model="gpt-4o", messages=HELLO)
    finally:
        control.resume()

    assert answered.choices[0].message.content == "Hello"


def test_no_secret_reached_a_log(purser: Installation, client: openai.OpenAI):
    logs = purser.var.with_name("stderr").read_text()

    assert "sk-provider-secret" not in logs
    assert client.api_key not in logs
    assert "Traceback" not in logs
