"""`manage.py price`: one usage object, or many, priced as the contract says."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from controlplane.catalog.models import Model, ModelAlias, Price, Provider
from controlplane.catalog.price_list import load_price_list
from tests import postgres, recordings

ROOT = Path(__file__).parents[2]
AUTUMN = "2026-11-01"
CHAT = {"prompt_tokens": 1000, "completion_tokens": 100}
CLAUDE = {"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 2000}
GEMINI = {"promptTokenCount": 1000, "candidatesTokenCount": 60, "thoughtsTokenCount": 40}
CONVERSE = {"inputTokens": 1000, "outputTokens": 100, "cacheReadInputTokens": 2000}


@pytest.fixture(scope="module", autouse=True)
def price_list(database_url: str) -> None:
    postgres.empty(database_url)
    load_price_list()


def ask(provider: str, model: str, usage: Any, at: str = AUTUMN) -> dict[str, Any]:
    out = StringIO()
    given = ["--provider", provider, "--model", model, "--usage", json.dumps(usage), "--at", at]
    call_command("price", *given, stdout=out)
    return json.loads(out.getvalue())


def test_answers_as_the_contract_says():
    answer = ask("openai", "gpt-4o", {**CHAT, "prompt_tokens_details": {"cached_tokens": 400}})

    assert answer == {
        "cost_usd": "0.003",
        "input_cost_usd": "0.002",
        "output_cost_usd": "0.001",
        "tokens": {
            "input": 1000,
            "cached_input": 400,
            "cache_write": 0,
            "output": 100,
            "reasoning": 0,
        },
        "price_id": "openai/gpt-4o@1970-01-01",
    }


@pytest.mark.parametrize(
    ("provider", "model", "usage", "cost_usd"),
    [
        ("openai", "gpt-4o-2024-08-06", CHAT, "0.0035"),
        ("openai", "openai/gpt-4o", CHAT, "0.0035"),
        ("OpenAI", "GPT-4o", CHAT, "0.0035"),
        ("azure", "gpt-4o", CHAT, "0.0035"),
        ("azure_openai", "gpt-4o", CHAT, "0.0035"),
        ("openrouter", "openai/gpt-4o", CHAT, "0.0035"),
        ("anthropic", "claude-sonnet-4-5-20250929", CLAUDE, "0.0051"),
        ("vertex", "claude-sonnet-4-5@20250929", CLAUDE, "0.0051"),
        ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", CONVERSE, "0.00561"),
        ("aws", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", CONVERSE, "0.0051"),
        (
            "bedrock",
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-5",
            {"input_tokens": 1000, "output_tokens": 100},
            "0.00825",
        ),
        ("gemini", "gemini-2.5-flash", GEMINI, "0.00055"),
        (
            "vertex",
            "publishers/google/models/gemini-2.5-flash",
            {"usageMetadata": GEMINI},
            "0.00055",
        ),
        ("groq", "llama-3.3-70b-versatile", {"x_groq": {"usage": CHAT}}, "0.000669"),
        ("mistral", "mistral-large-latest", CHAT, "0.0026"),
        ("deepseek", "deepseek-chat", CHAT, "0.00019"),
        ("xai", "grok-4", CHAT, "0.0045"),
    ],
)
def test_prices_every_provider_by_its_own_usage(
    provider: str, model: str, usage: dict[str, Any], cost_usd: str
):
    assert ask(provider, model, usage)["cost_usd"] == cost_usd


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "gpt-999"), ("nobody", "gpt-4o"), ("openai", "whisper-1")],
)
def test_an_unknown_model_has_no_cost_never_zero(provider: str, model: str):
    assert ask(provider, model, CHAT) == {
        "cost_usd": None,
        "reason": "model_unpriced",
    }


def test_the_price_is_the_one_of_the_moment():
    usage = {"input_tokens": 300_000, "output_tokens": 0}

    assert ask("anthropic", "claude-opus-4-6", usage, "2026-03-12")["cost_usd"] == "3.00"
    assert ask("anthropic", "claude-opus-4-6", usage, "2026-03-12T23:30:00-01:00")["price_id"] == (
        "anthropic/claude-opus-4-6@2026-03-13"
    )


def test_the_tier_that_served_the_call_has_its_price():
    answer = ask("openai", "gpt-4o", {"usage": CHAT, "service_tier": "priority"})

    assert answer["price_id"] == "openai/gpt-4o@2026-10-12/priority"
    assert answer["cost_usd"] == "0.00595"


def test_an_advisor_is_billed_at_its_own_models_price():
    step = {"input_tokens": 1000, "output_tokens": 100}
    usage = {
        **step,
        "iterations": [{**step, "type": "advisor_message", "model": "claude-opus-4-8"}],
    }

    assert ask("anthropic", "claude-sonnet-4-5", usage)["cost_usd"] == "0.012"
    usage["iterations"][0]["model"] = "claude-unheard-of"
    assert ask("anthropic", "claude-sonnet-4-5", usage)["reason"] == "model_unpriced"


def test_details_that_are_priced_apart_are_shown():
    usage = {**CHAT, "prompt_tokens_details": {"audio_tokens": 300}}

    answer = ask("openai", "gpt-4o-mini-transcribe", usage)

    assert answer["tokens"]["input_audio"] == 300


@pytest.fixture
def ours() -> Any:
    """A provider of ours named `far` at OpenAI's prices, with a model at a price of its own."""
    provider = Provider.objects.create(id="far", kind="openai", base_url="http://127.0.0.1:9")
    model = Model.objects.create(id="far/best", provider=provider, upstream_model="gpt-4o")
    ModelAlias.objects.create(alias="clever", model=model)
    Price.objects.create(
        id="far/best@custom",
        model=model,
        valid_from=datetime(2026, 11, 1, tzinfo=UTC),
        input_usd_per_mtok=Decimal(1),
        output_usd_per_mtok=Decimal(1),
    )
    yield provider
    Price.objects.filter(model=model).delete()
    model.delete()
    provider.delete()


@pytest.mark.parametrize("name", ["best", "far/best", "clever"])
def test_a_custom_price_wins_from_its_date_on(ours: Provider, name: str):
    assert ask("far", name, CHAT, "2026-11-01")["price_id"] == "far/best@custom"
    assert ask("far", name, CHAT, "2026-10-31")["price_id"] == "openai/gpt-4o@1970-01-01"


def test_our_provider_offers_what_its_price_list_knows(ours: Provider):
    assert ask("far", "far/gpt-4o-mini", CHAT)["cost_usd"] == "0.00021"


def test_a_usage_that_cannot_be_read_is_named_and_fails(capsys: pytest.CaptureFixture[str]):
    for usage, reason in (
        ('{"prompt_tokens": -1}', "usage_malformed"),
        ("{", "invalid_json"),
        ("[" * 100_000, "invalid_json"),
    ):
        with pytest.raises(SystemExit, match="1"):
            call_command("price", provider="openai", model="gpt-4o", usage=usage)
        assert json.loads(capsys.readouterr().out)["reason"] == reason


def test_what_is_missing_is_asked_for():
    with pytest.raises(CommandError, match="--model, --usage"):
        call_command("price", provider="openai")


def batch(monkeypatch: pytest.MonkeyPatch, lines: bytes) -> list[dict[str, Any]]:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(lines)))
    out = StringIO()
    call_command("price", "--batch", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_batch_answers_each_line_and_goes_on_after_a_bad_one(monkeypatch: pytest.MonkeyPatch):
    good = {"provider": "openai", "model": "gpt-4o", "usage": CHAT}
    lines = [
        json.dumps(good),
        "not json",
        json.dumps({**good, "model": "gpt-999"}),
        "",
        json.dumps([good]),
        json.dumps({**good, "model": None}),
        json.dumps({**good, "provider": "a\x00b"}),
        json.dumps({**good, "usage": {"prompt_tokens": float("nan")}}),
        json.dumps({**good, "at": "yesterday"}),
        json.dumps({**good, "at": 5}),
        json.dumps({**good, "at": "0001-01-01T00:00:00+14:00"}),
        json.dumps({**good, "usage": {**CHAT, "padding": "x" * 2_000_000}}),
        json.dumps({**good, "at": "2026-11-01T00:00:00Z"}),
    ]

    answers = batch(monkeypatch, "\n".join(lines).encode())

    assert [answer.get("reason", answer["cost_usd"]) for answer in answers] == [
        "0.0035",
        "invalid_json",
        "model_unpriced",
        *["invalid_question"] * 3,
        "usage_malformed",
        *["invalid_question"] * 3,
        "invalid_json",
        "0.0035",
    ]


def test_a_batch_prices_every_recorded_usage(monkeypatch: pytest.MonkeyPatch):
    records = recordings.load(lambda record: record["usage"] is not None)
    if not records:
        pytest.skip("the recorded exchanges are not beside this checkout")
    lines = [
        json.dumps({"provider": r["vendor"], "model": r["model"], "usage": r["usage"]["raw"]})
        for r in records
    ]

    answers = batch(monkeypatch, "\n".join(lines).encode())

    reasons = {answer["reason"] for answer in answers if answer["cost_usd"] is None}
    assert len(answers) == len(records)
    assert reasons <= {"model_unpriced", "usage_malformed"}
    assert sum(answer["cost_usd"] is not None for answer in answers) > 90


def test_the_command_line_itself():
    question = ["--provider", "openai", "--model", "gpt-4o", "--usage", json.dumps(CHAT)]
    command = [sys.executable, "manage.py", "price", *question]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert json.loads(done.stdout)["cost_usd"] == "0.0035"
