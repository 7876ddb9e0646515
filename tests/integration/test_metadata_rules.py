"""Rules for metadata: how they are set, and what becomes of requests that break them."""

import json
import time

import pytest

from controlplane.metadata_rules.models import MetadataRule
from controlplane.metadata_rules.services import create_rule
from tests import builders, catalog
from tests.fakes.upstream import whole
from tests.personas import refusal
from tests.plane import booked

RULE = {"customer": "acme", "key": "team_internal_billing_code"}
ANSWER = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}


@pytest.fixture
def ask(plane, upstream, http):
    """Calls as acme's key with metadata; answers the response."""
    catalog.priced_model(of=catalog.provider(base_url=upstream.url))
    plane.wait_for_catalog("far/gpt-4o")
    upstream.answers(whole(ANSWER))
    secret = catalog.key()

    def call(said: dict | None = None, **body):
        headers = {"authorization": f"Bearer {secret}"}
        if said is not None:
            headers["x-purser-metadata"] = json.dumps(said)
        messages = [{"role": "user", "content": "Hi"}]
        told = {"model": "far/gpt-4o", "messages": messages, **body}
        return http.post("/v1/chat/completions", headers=headers, json=told)

    return call


def rule(key="code", **fields):
    return create_rule(customer=builders.customer(), key=key, **fields)


def test_a_rule_is_read_changed_and_removed_under_its_customer_and_key(alice):
    builders.customer()
    made = alice.make("metadata-rules", **RULE, required=True, renames={"B-17": "R-1"})
    path = "metadata-rules/acme/team_internal_billing_code"

    assert made["id"] == "acme/team_internal_billing_code"
    assert alice.get(path).json()["renames"] == {"B-17": "R-1"}
    assert alice.patch(path, {"on_violation": "unallocated"}).status_code == 200
    assert alice.delete(path).status_code == 204
    assert [each["action"] for each in alice.get("audit-log").json()["results"][:3]] == [
        *("delete", "update", "create")
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", ""),
        ("key", "a/b"),
        ("key", "../x"),
        ("key", "code "),
        ("key", "x" * 129),
        ("key", "a\u0000"),
        ("allowed_values", ["a", "a"]),
        ("allowed_values", [""]),
        ("allowed_values", [7]),
        ("allowed_values", [str(number) for number in range(1001)]),
        ("on_violation", "shrug"),
        ("renames", {"a": "a"}),
        ("renames", {"a": "b", "b": "c"}),
        ("renames", {"a": "b", "b": "a"}),
        ("renames", {"a": ""}),
        ("renames", {"": "a"}),
        ("renames", {"a": {"b": "c"}}),
        ("renames", {"a": "x" * 513}),
        ("renames", {"\ud800": "a"}),
        ("renames", [1]),
        ("required", "yes"),
    ],
)
def test_what_a_rule_cannot_say_is_refused_by_name(alice, field, value):
    builders.customer()

    error = refusal(alice.post("metadata-rules", {**RULE, field: value}))

    assert field in error["fields"]
    assert not MetadataRule.objects.exists()


def test_a_customer_has_one_rule_for_a_key(alice):
    rule(RULE["key"])

    assert alice.post("metadata-rules", RULE).status_code == 409


def test_another_customer_sees_no_sign_of_a_rule(mallory):
    rule()

    assert mallory.get("metadata-rules").json()["results"] == []
    assert mallory.get("metadata-rules/acme/code").status_code == 404
    assert mallory.post("metadata-rules", {**RULE, "key": "x"}).status_code == 400


def test_a_request_without_a_required_key_is_refused_and_recorded(ask, upstream):
    rule(required=True, allowed_values=["B-17", "B-18"])

    error = ask().json()["error"]

    assert (error["type"], error["code"]) == ("invalid_request_error", "metadata_missing")
    assert error["param"] == "metadata.code"
    assert "'code' is required; allowed are 'B-17', 'B-18'" in error["message"]
    assert booked().get().error_code == "metadata_missing"
    assert upstream.asked == []


@pytest.mark.parametrize("value", ["B-19", 17, True, "b-17", "B-17 ", "B-17\u0000x", "Ω" * 500])
def test_a_value_outside_the_allowed_ones_is_refused(ask, value):
    rule(allowed_values=["B-17"])

    assert ask({"code": value}).json()["error"]["code"] == "metadata_not_allowed"
    assert ask({"code": "B-17"}).status_code == 200
    assert ask({}).status_code == 200, "what is not required may be left out"


@pytest.mark.parametrize("metadata", [None, {"code": None}, {"code": ""}, {"code": "B-99"}])
def test_by_policy_the_value_is_filed_as_unallocated(ask, metadata):
    rule(required=True, allowed_values=["B-17"], on_violation="unallocated")

    assert ask(metadata).status_code == 200
    assert booked().get().metadata == {"code": "unallocated"}


def test_the_keys_own_metadata_counts_and_openais_field_does(ask):
    builders.VirtualKey.objects.update(metadata={"code": "B-17"})
    rule(required=True, allowed_values=["B-17", "7", "true"])

    assert ask().status_code == 200
    assert ask(metadata={"code": "B-18"}).status_code == 400
    assert ask({"code": 7}, metadata={"code": "B-18"}).status_code == 200
    assert ask({"code": True}).status_code == 200


def test_an_old_code_passes_where_its_new_name_is_allowed(ask):
    rule(allowed_values=["R-1"], renames={"B-17": "R-1", "B-18": "R-2"})

    assert ask({"code": "B-17"}).status_code == 200
    assert ask({"code": "B-18"}).status_code == 400


def test_a_rule_is_in_force_within_a_second_and_for_its_customer_alone(ask, plane):
    builders.customer("rival")
    create_rule(customer=builders.customer("rival"), key="code", required=True)
    assert ask().status_code == 200

    made = rule(required=True)
    assert _soon(lambda: ask().status_code == 400)

    made.delete()
    assert _soon(lambda: ask().status_code == 200)


def _soon(holds):
    """Within the promised second."""
    return any(holds() or time.sleep(0.05) for _ in range(20))
