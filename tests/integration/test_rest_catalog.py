"""`/api/v1/providers` and `/api/v1/models`."""

import pytest

from controlplane.catalog.models import Provider
from controlplane.sealing import sealing_keys
from tests.personas import refusal

SECRET = "sk-very-secret-credential"
OPENAI = {"kind": "openai", "credential": {"api_key": SECRET}}


WORKLOAD = {
    "type": "external_account",
    "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p",
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    "token_url": "https://sts.googleapis.com/v1/token",
    "credential_source": {"file": "/var/run/token"},
}


def opened(provider_id):
    row = Provider.objects.get(id=provider_id)
    return sealing_keys().open(bytes(row.credential_sealed), row.id)


def test_a_credential_is_sealed_and_never_shown(alice):
    answer = alice.post("providers", {"id": "openai", **OPENAI})

    assert SECRET.encode() not in answer.content
    assert answer.json()["has_credential"] is True
    assert "credential" not in answer.json()
    assert opened("openai") == {"api_key": SECRET}


@pytest.mark.parametrize(
    ("kind", "credential"),
    [
        ("bedrock", {"access_key_id": "a", "secret_access_key": "b"}),
        ("bedrock", {"access_key_id": "a", "secret_access_key": "b", "session_token": "c"}),
        ("bedrock", {"profile": "production"}),
        ("bedrock", {"api_key": "bearer"}),
        ("vertex", {"service_account": {"client_email": "a@b", "private_key": "-----\n"}}),
        ("vertex", {"workload_identity": WORKLOAD}),
        ("vertex", {"api_key": "express"}),
        ("anthropic", {}),
        ("openai", {"credentials": [{"api_key": "a"}, {"api_key": "b", "weight": 2}]}),
        ("bedrock", {"credentials": [{"profile": "a"}, {"weight": 100}]}),
    ],
)
def test_every_kind_has_its_credential(alice, kind, credential):
    alice.make("providers", id="p", kind=kind, region="eu-west-1", credential=credential)

    assert opened("p") == credential


@pytest.mark.parametrize(
    ("kind", "credential"),
    [
        ("openai", {"api_key": ""}),
        ("openai", {"api_key": f"{SECRET}\n"}),
        ("openai", {"api_key": 5}),
        ("openai", {"api_kee": SECRET}),
        ("openai", {"access_key_id": SECRET, "secret_access_key": SECRET}),
        ("openai", SECRET),
        ("openai", [SECRET]),
        ("bedrock", {"access_key_id": SECRET}),
        ("vertex", {"service_account": SECRET}),
        ("vertex", {"service_account": {"client_email": SECRET}}),
        ("vertex", {"service_account": {"client_email": "a", "private_key": {"a": SECRET}}}),
        ("vertex", {"service_account": {"client_email": "a", "private_key": SECRET, "x": 1}}),
        ("vertex", {"workload_identity": SECRET}),
        ("vertex", {"workload_identity": {**WORKLOAD, "type": "service_account"}}),
        ("vertex", {"workload_identity": {**WORKLOAD, "token_url": f"https://{SECRET}.com/"}}),
        ("vertex", {"workload_identity": {**WORKLOAD, "token_url": "http://sts.googleapis.com/"}}),
        (
            "vertex",
            {"workload_identity": {**WORKLOAD, "token_url": "https://evil.com/?.googleapis.com/"}},
        ),
        (
            "vertex",
            {"workload_identity": {**WORKLOAD, "token_url": "https://evil.com\\.googleapis.com/"}},
        ),
        (
            "vertex",
            {
                "workload_identity": {
                    **WORKLOAD,
                    "service_account_impersonation_url": "https://evil.com/",
                }
            },
        ),
        (
            "vertex",
            {
                "workload_identity": {
                    **WORKLOAD,
                    "credential_source": {"executable": {"command": SECRET}},
                }
            },
        ),
        ("openai", {"credentials": []}),
        ("openai", {"credentials": [{"api_key": SECRET}] * 17}),
        ("openai", {"credentials": {"api_key": SECRET}}),
        ("openai", {"credentials": [SECRET]}),
        ("openai", {"credentials": [{"api_key": SECRET}], "api_key": SECRET}),
        ("openai", {"credentials": [{"api_key": SECRET, "weight": 0}]}),
        ("openai", {"credentials": [{"api_key": SECRET, "weight": 101}]}),
        ("openai", {"credentials": [{"api_key": SECRET, "weight": True}]}),
        ("openai", {"credentials": [{"api_key": SECRET, "weight": 1.5}]}),
        ("openai", {"credentials": [{"api_kee": SECRET}]}),
        ("openai", {"credentials": [{"credentials": [{"api_key": SECRET}]}]}),
        ("openai", {"api_key": SECRET, "weight": 2}),
    ],
)
def test_a_bad_credential_is_refused_without_being_repeated(alice, kind, credential):
    answer = alice.post("providers", {"kind": kind, "region": "r1", "credential": credential})

    assert "credential" in refusal(answer)["fields"]
    assert SECRET.encode() not in answer.content
    assert not Provider.objects.exists()


def test_a_change_without_credential_keeps_it_and_null_removes_it(alice):
    alice.make("providers", id="openai", **OPENAI)

    assert alice.put("providers/openai", {"kind": "openai"}).json()["has_credential"] is True
    removed = alice.patch("providers/openai", {"credential": None})
    assert removed.json()["has_credential"] is False


def test_it_says_how_many_credentials_there_are(alice):
    several = {"credentials": [{"api_key": SECRET}, {"api_key": SECRET, "weight": 3}]}
    provider = alice.make("providers", id="openai", kind="openai", credential=several)

    assert (provider["has_credential"], provider["credentials_count"]) == (True, 2)
    one = alice.patch("providers/openai", {"credential": {"api_key": SECRET}}).json()
    assert one["credentials_count"] == 1
    none = alice.patch("providers/openai", {"credential": None}).json()
    assert (none["has_credential"], none["credentials_count"]) == (False, 0)


def test_a_new_kind_needs_the_credential_again(alice):
    alice.make("providers", id="openai", **OPENAI)

    assert "credential" in refusal(alice.patch("providers/openai", {"kind": "gemini"}))["fields"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "bakery"),
        ("base_url", "ftp://host"),
        ("base_url", "//host"),
        ("base_url", "http://"),
        ("base_url", "http://user:password@host"),
        ("base_url", "http://host?key=1"),
        ("base_url", "http://host/#x"),
        ("base_url", "http://ho st"),
        ("base_url", "http://host:99999"),
        ("base_url", "http://[::1"),
        ("base_url", "http://host\r\nx: y"),
        ("region", "EU West"),
        ("auth_header", "a b"),
        ("extra_headers", {"Authorization": "Bearer x"}),
        ("extra_headers", {"x": "a\r\nb"}),
        ("extra_headers", {"x": 1}),
        ("extra_headers", ["x"]),
        ("extra_query", {"api_key": "x"}),
        ("has_credential", True),
        ("credential_sealed", "x"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_is_created(alice, field, value):
    error = refusal(alice.post("providers", {"kind": "openai", field: value}))

    assert field in error["fields"]
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("kind", "field"),
    [("openai_compatible", "base_url"), ("azure_openai", "base_url"), ("bedrock", "region")],
)
def test_a_kind_that_needs_more_says_what(alice, kind, field):
    assert field in refusal(alice.post("providers", {"kind": kind}))["fields"]


@pytest.mark.parametrize(
    ("fields", "price_list"),
    [
        ({"id": "mine", "kind": "openai"}, "openai"),
        ({"id": "groq", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9"}, "groq"),
        ({"kind": "openai_compatible", "base_url": "https://api.mistral.ai/v1"}, "mistral"),
        ({"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1"}, ""),
        ({"kind": "bedrock", "region": "eu-west-1"}, "aws"),
    ],
)
def test_a_price_list_is_told_from_address_id_and_kind(alice, fields, price_list):
    assert alice.make("providers", **fields)["price_list"] == price_list


def test_a_provider_with_models_is_not_deleted(alice):
    alice.make("providers", id="openai", **OPENAI)
    alice.make("models", id="openai/gpt-4o")

    assert refusal(alice.delete("providers/openai"), 409)["fields"] == {"models": ["openai/gpt-4o"]}


@pytest.fixture
def openai(alice):
    return alice.make("providers", id="openai", **OPENAI)


@pytest.mark.parametrize(
    ("sent", "model_id", "upstream"),
    [
        ({"id": "openai/gpt-4o"}, "openai/gpt-4o", "gpt-4o"),
        ({"provider": "openai", "upstream_model": "a/b:free"}, "openai/a/b:free", "a/b:free"),
        ({"id": "openai/best", "upstream_model": "gpt-4o"}, "openai/best", "gpt-4o"),
        (
            {"id": "openai/arn", "provider": "openai", "upstream_model": "arn:aws:x:y/z"},
            "openai/arn",
            "arn:aws:x:y/z",
        ),
    ],
)
def test_a_model_is_named_by_id_or_by_provider_and_name(alice, openai, sent, model_id, upstream):
    alice.make("models", **sent)

    model = alice.get(f"models/{model_id}").json()

    assert (model["id"], model["provider"], model["upstream_model"]) == (
        model_id,
        "openai",
        upstream,
    )


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "id"),
        ({"id": "gpt-4o"}, "id"),
        ({"id": "openai/"}, "id"),
        ({"id": "openai/../x"}, "id"),
        ({"id": "openai/a b"}, "id"),
        ({"id": "openai/" + "x" * 300}, "id"),
        ({"id": "nobody/gpt-4o"}, "provider"),
        ({"id": "other/gpt-4o", "provider": "openai"}, "id"),
        ({"provider": "nobody", "upstream_model": "x"}, "provider"),
        ({"provider": "openai"}, "id"),
        ({"id": "openai/x", "upstream_model": "a b"}, "upstream_model"),
        ({"id": "openai/x", "max_output_tokens": 0}, "max_output_tokens"),
        ({"id": "openai/x", "aliases": "best"}, "aliases"),
        ({"id": "openai/x", "aliases": ["a", "a"]}, "aliases"),
        ({"id": "openai/x", "aliases": ["a b"]}, "aliases"),
        ({"id": "openai/x", "aliases": [5]}, "aliases"),
        ({"id": "openai/x", "aliases": [{"weight": 2}]}, "aliases"),
        ({"id": "openai/x", "aliases": [{"name": "a", "weight": 0}]}, "aliases"),
        ({"id": "openai/x", "aliases": [{"name": "a", "weight": "2"}]}, "aliases"),
        ({"id": "openai/x", "aliases": [{"name": "a", "wait": 2}]}, "aliases"),
        ({"id": "openai/x", "aliases": ["a", {"name": "a", "weight": 2}]}, "aliases"),
        ({"id": "openai/x", "aliases": ["x" * 301]}, "aliases"),
        ({"id": "openai/x", "context": 1}, "context"),
    ],
)
def test_a_bad_model_is_refused_by_name_and_nothing_is_created(alice, openai, sent, field):
    error = refusal(alice.post("models", sent))

    assert field in error["fields"]
    assert alice.get("models").json()["results"] == []


def test_aliases_are_replaced_by_those_that_are_sent(alice, openai):
    alice.make("models", id="openai/gpt-4o", aliases=["best", "gpt"])

    changed = alice.patch("models/openai/gpt-4o", {"aliases": ["best", "fast"]}).json()

    assert changed["aliases"] == ["best", "fast"]
    assert alice.get("models", alias="fast").json()["results"] == [changed]


def test_an_alias_has_a_weight_where_it_is_given_one(alice, openai):
    weighted = ["best", {"name": "fast", "weight": 3}, {"name": "slow"}]
    alice.make("models", id="openai/gpt-4o", aliases=weighted)

    shown = alice.get("models/openai/gpt-4o").json()
    again = alice.put("models/openai/gpt-4o", shown).json()

    assert shown["aliases"] == ["best", {"name": "fast", "weight": 3}, "slow"]
    assert again == {**shown, "updated_at": again["updated_at"]}
    changed = alice.patch("models/openai/gpt-4o", {"aliases": [{"name": "best", "weight": 2}]})
    assert changed.json()["aliases"] == [{"name": "best", "weight": 2}]


def test_models_may_share_an_alias_but_none_takes_the_id_of_another(alice, openai):
    alice.make("models", id="openai/a", aliases=["best"])
    alice.make("models", id="openai/b", aliases=["best"])

    error = refusal(alice.patch("models/openai/a", {"aliases": ["openai/b"]}), 409)

    assert "aliases" in error["fields"]


def test_a_model_is_deleted_with_its_aliases(alice, openai):
    alice.make("models", id="openai/a", aliases=["best"])

    assert alice.delete("models/openai/a").status_code == 204
    alice.make("models", id="openai/best")
