"""A LiteLLM installation, as its documentation has it, is taken over; clients notice nothing."""

import hashlib
import json

import pytest
import yaml
from openai import OpenAI

from controlplane.accounts.models import Customer, Team
from controlplane.budgets.models import Budget
from controlplane.catalog.models import Model, ModelAlias, Price, Provider
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from tests.fakes.upstream import whole
from tests.integration.moving_in.moving import FILES, fates, leaves, moved, run

OLD_SECRET = "sk-old-client-wxyz"
EXPORTS = ("teams.json", "organizations.json", "LiteLLM_BudgetTable.csv", "users.json")
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
}


@pytest.fixture
def files(database, tmp_path, monkeypatch):
    """LiteLLM's files, with the hash of a client's key among them."""
    for name in ("LITELLM_OPENAI_KEY", "LITELLM_AZURE_KEY", "LITELLM_AWS_SECRET"):
        monkeypatch.setenv(name, f"sk-{name}")
    keys = (FILES / "keys.json").read_text()
    secret_hash = hashlib.sha256(OLD_SECRET.encode()).hexdigest()
    (tmp_path / "keys.json").write_text(keys.replace("HASH_OF_OLD", secret_hash))
    return [FILES / "litellm.yaml", tmp_path / "keys.json", *(FILES / name for name in EXPORTS)]


def test_providers_models_and_prices_are_those_of_the_model_list(files):
    moved("import_litellm", *files)

    kinds = dict(Provider.objects.values_list("id", "kind"))
    assert kinds == {
        "openai": "openai",
        "azure": "azure_openai",
        "anthropic": "anthropic",
        "bedrock": "bedrock",
        "vertex_ai": "vertex",
        "hosted_vllm": "openai_compatible",
        "mistral": "openai_compatible",
    }
    assert Provider.objects.get(id="azure").extra_query == {"api-version": "2024-10-21"}
    assert Provider.objects.get(id="bedrock").region == "eu-central-1"
    shared = ModelAlias.objects.filter(alias="gpt-4o").values_list("model_id", "weight")
    assert dict(shared) == {"openai/gpt-4o": 100, "azure/gpt-4o-eu": 33}
    assert ModelAlias.objects.filter(alias="gpt-4").count() == 2
    price = Price.objects.get(model="openai/gpt-4o")
    assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (2.5, 10)
    assert Model.objects.get(id="openai/gpt-4o").max_output_tokens == 16384


def test_customers_teams_keys_and_budgets_are_those_of_the_exports(files):
    moved("import_litellm", *files)

    assert set(Customer.objects.values_list("id", "name")) == {("acme", "Acme Corp")}
    assert Team.objects.get().metadata == {"cost_center": "42"}
    key = VirtualKey.objects.get(id="acme-prod")
    assert (key.customer_id, key.team_id) == ("acme", "team-research")
    assert (key.requests_per_minute, key.tokens_per_minute) == (300, 100_000)
    assert key.max_parallel_requests == 8
    assert key.metadata["team_internal_billing_code"] == "B-17"
    assert key.metadata["tags"] == "a,b"
    assert key.allowed_models[:2] == ["gpt-4o", "claude"]
    assert key.fallbacks == [{"provider": "anthropic", "model": "claude-sonnet-4-6"}]
    budgets = Budget.objects.values_list("owner_type", "limit_usd", "window", "timezone")
    assert {(owner, int(limit), window) for owner, limit, window, _ in budgets} == {
        ("customer", 5000, "month"),
        ("team", 1000, "week"),
        ("virtual_key", 100, "month"),
        ("virtual_key", 25, "day"),
        ("virtual_key", 3, "36h"),
    }
    assert {zone for *_, zone in budgets} == {"Europe/Berlin"}
    assert key.budgets.get().alert_thresholds == [80]


def test_lists_of_teams_and_access_groups_are_spelt_out_for_keys(files):
    moved("import_litellm", *files)

    named = VirtualKey.objects.get(name="weird alias / ÄÖ")
    assert named.id.startswith("weird-alias-")
    assert named.allowed_models[:4] == ["gpt-4o", "claude", "claude-at-aws", "house"]
    assert not named.is_active
    unnamed = VirtualKey.objects.get(id="litellm-222222222222")
    assert unnamed.allowed_models[:2] == ["gpt-4o", "claude"]
    assert VirtualKeySecret.objects.get(virtual_key=unnamed).hint == "efgh"


def test_the_second_time_nothing_changes(files):
    moved("import_litellm", *files)

    again = moved("import_litellm", *files)

    assert again["changes"] == []
    assert run("import_litellm", *files, apply=True)[1].splitlines()[-1].startswith("Nothing to")


def test_without_apply_nothing_changes(files):
    answer = moved("import_litellm", *files, apply=False)

    assert answer["dry_run"]
    assert answer["counts"]["create"] > 10
    assert not VirtualKey.objects.exists()
    assert "--apply does it" in run("import_litellm", *files)[1]


def test_every_field_of_the_input_is_in_one_of_the_lists(files):
    answer = moved("import_litellm", *files)

    told = [each for fate in answer["coverage"].values() for each in fate]
    paths = [(each["file"], each["path"]) for each in told]
    assert len(paths) == len(set(paths))
    for file in files:
        text = file.read_text()
        if file.suffix != ".csv":
            value = yaml.safe_load(text) if file.suffix == ".yaml" else json.loads(text)
            assert {path for name, path in paths if name == file.name} == leaves(value), file
    unknown = {p for p, words in fates(answer, "not_mapped").items() if words == "Not known here."}
    assert unknown == {
        "model_list[0].model_info.odd_info",
        "model_list[1].litellm_params.odd_param",
        "odd_section.a[0]",
        "keys[0].odd_key_field",
    }


def test_no_secret_is_in_the_report(files):
    for options in ({}, {"json": True}, {"apply": True}):
        printed = "".join(map(str, run("import_litellm", *files, **options)))
        for secret in ("in-the-file", "hunter2", "AKIA", "sk-LITELLM", "sk-lf", "sk-master"):
            assert secret not in printed
    assert "sk-lf" not in json.dumps(list(VirtualKey.objects.values_list("metadata", flat=True)))


def test_a_client_with_its_old_key_gets_its_answer(files, plane, upstream, tmp_path):
    config = tmp_path / "litellm.yaml"
    config.write_text(
        "model_list:\n- model_name: gpt-4o\n  litellm_params:\n    model: openai/gpt-4o\n"
        f"    api_base: {upstream.url}\n    api_key: sk-upstream\n"
        "  model_info: {input_cost_per_token: 0.001, output_cost_per_token: 0.002}\n"
    )
    upstream.answers(whole(ANSWER))
    moved("import_litellm", config, *files[1:])
    plane.wait_for_catalog("openai/gpt-4o")

    with OpenAI(base_url=f"{plane.url}/v1", api_key=OLD_SECRET) as client:
        answer = client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], max_tokens=10
        )

    assert answer.choices[0].message.content == "Hi"
