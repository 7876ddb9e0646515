"""A Bifrost configuration, as its documentation has it, is taken over; clients notice nothing."""

import json

import pytest
from openai import OpenAI

from controlplane.accounts.models import Customer, Team
from controlplane.budgets.models import Budget
from controlplane.catalog.models import Model, ModelAlias, Provider
from controlplane.keys.models import VirtualKey
from tests.fakes.upstream import whole
from tests.integration.moving_in.moving import FILES, fates, leaves, moved, run
from tests.integration.moving_in.test_litellm import ANSWER

OLD_SECRET = "sk-bf-old-client-0123456789"
FILE = FILES / "bifrost.json"


@pytest.fixture(autouse=True)
def variables(database, monkeypatch):
    for name in ("BIFROST_OPENAI_KEY", "BIFROST_AZURE_KEY", "BIFROST_AWS_SECRET"):
        monkeypatch.setenv(name, f"sk-{name}")
    monkeypatch.setenv("BIFROST_VK_PLATFORM", OLD_SECRET)


def test_keys_of_one_place_are_one_provider():
    moved("import_bifrost", FILE)

    counts = dict(Provider.objects.values_list("id", "credentials_count"))
    assert counts == {
        "openai": 2,
        "azure-acme-east": 1,
        "azure-acme-west": 1,
        "bedrock": 1,
        "far": 1,
    }
    assert Provider.objects.get(id="openai").extra_headers == {"x-from": "bifrost"}
    shared = ModelAlias.objects.filter(alias="azure/gpt-4o").values_list("model_id", "weight")
    assert dict(shared) == {"azure-acme-east/gpt-4o": 3, "azure-acme-west/gpt-4o": 1}
    assert Model.objects.get(id="azure-acme-west/gpt-4o").upstream_model == "gpt-4o-west"


def test_governance_is_taken_over():
    moved("import_bifrost", FILE)

    assert Customer.objects.get(id="customer-acme").name == "Acme Corp"
    assert Team.objects.get().customer_id == "customer-acme"
    key = VirtualKey.objects.get(id="vk-platform")
    assert (key.customer_id, key.team_id) == ("customer-acme", "team-ml")
    assert (key.requests_per_minute, key.tokens_per_minute) == (50, 90_000)
    assert key.allowed_providers == ["openai", "azure-acme-west", "far"]
    assert key.allowed_models == [
        "openai/gpt-4o",
        "openai/gpt-4o-mini",
        "azure/*",
        "azure-acme-west/*",
        "far/*",
    ]
    budgets = Budget.objects.values_list("owner_type", "limit_usd", "window")
    assert {(owner, float(limit), window) for owner, limit, window in budgets} == {
        ("customer", 2000.0, "month"),
        ("team", 500.0, "week"),
        ("virtual_key", 10.5, "1d"),
    }
    denied = VirtualKey.objects.get(name="none")
    assert (denied.denied_models, denied.is_active, denied.customer_id) == (["*"], False, "bifrost")


def test_the_second_time_nothing_changes():
    moved("import_bifrost", FILE)

    assert moved("import_bifrost", FILE)["changes"] == []


def test_every_field_of_the_input_is_in_one_of_the_lists():
    answer = moved("import_bifrost", FILE, apply=False)

    told = [each["path"] for fate in answer["coverage"].values() for each in fate]
    assert len(told) == len(set(told))
    assert set(told) == leaves(json.loads(FILE.read_text()))
    unknown = {p for p, words in fates(answer, "not_mapped").items() if words == "Not known here."}
    assert unknown == {
        "odd_section.a",
        "providers.openai.odd_provider_field",
        "governance.virtual_keys[0].odd_key_field[0]",
    }
    left = fates(answer, "not_mapped")
    assert left["governance.budgets[4].max_limit"] == "Nothing in this file has it."
    assert "an hour" in left["governance.budgets[3].max_limit"]
    assert not VirtualKey.objects.exists()


def test_no_secret_is_in_the_report():
    for options in ({}, {"json": True}, {"apply": True}):
        printed = "".join(map(str, run("import_bifrost", FILE, **options)))
        for secret in ("in-the-file", "AKIA", "sk-BIFROST", OLD_SECRET):
            assert secret not in printed


def test_a_client_with_its_old_key_gets_its_answer(plane, upstream, tmp_path):
    file = tmp_path / "config.json"
    file.write_text(FILE.read_text().replace("http://127.0.0.1:9/v1", upstream.url))
    upstream.answers(whole(ANSWER))
    moved("import_bifrost", file)
    Budget.objects.all().delete()  # it has no price, which a hard budget would refuse
    plane.wait_for_catalog("far/m")

    with OpenAI(base_url=f"{plane.url}/v1", api_key=OLD_SECRET) as client:
        answer = client.chat.completions.create(
            model="far/m", messages=[{"role": "user", "content": "Hello"}], max_tokens=10
        )

    assert answer.choices[0].message.content == "Hi"


def test_a_file_of_something_else_is_refused(tmp_path):
    file = tmp_path / "config.json"
    file.write_text('{"name": "package"}')

    assert run("import_bifrost", file)[0] == 2


def test_of_version_1_an_empty_list_allows_all(tmp_path):
    file = tmp_path / "config.json"
    key = {"id": "vk", "name": "vk", "value": OLD_SECRET, "provider_configs": []}
    file.write_text(json.dumps({"version": 1, "governance": {"virtual_keys": [key]}}))

    moved("import_bifrost", file)

    assert VirtualKey.objects.get().denied_models == []
