"""What a provider bills beyond the bound is owed and counted; nonsense is not believed."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from controlplane.budgets.models import Balance
from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from tests import builders, catalog
from tests.fakes.upstream import FakeUpstream, stream, whole
from tests.plane import Plane, booked

LIMIT_USD = Decimal("0.01")


@pytest.fixture
def secret(plane: Plane, upstream: FakeUpstream) -> str:
    """Of a key with a hard budget; calls cost $10 a million tokens of output, input is free."""
    catalog.priced_model(of=catalog.provider(base_url=upstream.url), input_usd_per_mtok=0)
    secret = catalog.key()
    builders.budget(limit_usd=LIMIT_USD)
    plane.wait_for_catalog("far/gpt-4o")
    return secret


def ask(plane: Plane, secret: str, **fields: Any) -> httpx.Response:
    body = {"model": "far/gpt-4o", "messages": [], "max_tokens": 100, **fields}
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body, timeout=30)


def metric(plane: Plane, name: str) -> float:
    lines = httpx.get(f"{plane.url}/metrics").text.splitlines()
    (value,) = (line.split()[1] for line in lines if line.startswith(f"{name} "))
    return float(value)


def record() -> UsageRecord:
    found: UsageRecord = booked().get(status=200)
    return found


def test_more_than_was_reserved_is_booked_in_full_and_counted(
    plane: Plane, secret: str, upstream: FakeUpstream
):
    usage = {"prompt_tokens": 10, "completion_tokens": 2_500}
    upstream.answers(whole({"choices": [], "usage": usage}))

    ask(plane, secret)

    assert (record().cost_usd, record().usage_source) == (Decimal("0.025"), "provider")
    assert Balance.objects.get().spent_usd == Decimal("0.025")
    assert metric(plane, "purser_overrun_usd_total") == pytest.approx(0.024)
    assert metric(plane, "purser_absurd_usage_total") == 0
    assert verify_books() == []


ABSURD = ["-5", "NaN", "1000000000000000000", "1e999", '"many"', "12.5", "true", "[]"]


@pytest.mark.parametrize("count", ABSURD)
def test_absurd_usage_is_booked_at_all_that_was_reserved_and_counted(
    plane: Plane, secret: str, upstream: FakeUpstream, count: str
):
    usage = b'{"prompt_tokens":10,"completion_tokens":' + count.encode() + b"}"
    upstream.answers(whole(b'{"choices":[],"usage":' + usage + b"}"))

    answer = ask(plane, secret)

    assert answer.status_code == 200
    assert (record().cost_usd, record().usage_source) == (Decimal("0.001"), "estimated")
    assert Balance.objects.get().spent_usd == Decimal("0.001")
    assert metric(plane, "purser_absurd_usage_total") == 1
    assert metric(plane, "purser_overrun_usd_total") == 0
    assert verify_books() == []


def test_absurd_usage_at_the_end_of_a_stream_is_no_different(
    plane: Plane, secret: str, upstream: FakeUpstream
):
    said = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
    told = b'data: {"choices":[],"usage":{"completion_tokens":-1,"prompt_tokens":NaN}}\n\n'
    upstream.answers(stream([said, told, b"data: [DONE]\n\n"]))

    answer = ask(plane, secret, stream=True)

    assert answer.text.endswith("data: [DONE]\n\n")
    assert (record().cost_usd, record().usage_source) == (Decimal("0.001"), "estimated")
    assert metric(plane, "purser_absurd_usage_total") == 1
