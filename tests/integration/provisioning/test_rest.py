"""`POST /api/v1/apply`: the same over the network, for whoever may."""

import json

import pytest
from jsonschema import Draft4Validator

from controlplane.accounts.models import Customer
from controlplane.audit.models import AuditEvent
from controlplane.budgets.models import Budget
from controlplane.catalog.models import Provider
from controlplane.keys.models import VirtualKey
from controlplane.provisioning.forms import FORMS
from controlplane.provisioning.reading import FILE_BYTES_MAX
from tests.integration.provisioning.applying import CAPPED, PRODUCTION
from tests.integration.test_rest_schema import answers_of, shape
from tests.personas import API, caller, refusal


def send(who, text, query="", kind="application/yaml"):
    body = text if isinstance(text, bytes) else text.encode()
    return who.send("post", f"apply{query}", body, content_type=kind)


def apply(who, text, query="", kind="application/yaml"):
    answer = send(who, text, query, kind)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def house(alice):
    """Acme with a key and a budget, and a rival with as much."""
    for name in ("acme", "rival"):
        apply(
            alice,
            f"teams: [{{id: {name}-team, customer: {name}}}]\n"
            f"virtual_keys: [{{id: {name}-key, customer: {name}, budget: {{monthly_usd: 1}}}}]\n"
            f"budgets: [{{id: {name}-budget, owner_type: customer, owner: {name}, daily_usd: 1}}]",
        )


@pytest.mark.parametrize("text", [PRODUCTION, CAPPED])
@pytest.mark.parametrize("kind", ["application/yaml", "application/x-yaml", "text/yaml"])
def test_takes_the_files_of_the_contract_twice(alice, text, kind):
    first, second = apply(alice, text, kind=kind), apply(alice, text, kind=kind)

    assert first["counts"] == {"create": 3, "update": 0, "remove": 0, "unchanged": 0}
    assert first["secrets"][0]["secret"].startswith("sk-pur-")
    assert second["changes"] == second["secrets"] == []


def test_takes_json_too(alice):
    body = {"customers": [{"id": "acme", "name": "😀"}], "virtual_keys": []}

    apply(alice, json.dumps(body), kind="application/json")

    assert Customer.objects.get().name == "😀"


@pytest.mark.parametrize("query", ["?dry_run=1", "?dry_run=true"])
def test_a_dry_run_changes_nothing(alice, query):
    planned = apply(alice, CAPPED, query)

    assert planned["dry_run"] is True
    assert planned["counts"]["create"] == 3
    assert planned["secrets"] == []
    assert not VirtualKey.objects.exists()
    assert not AuditEvent.objects.filter(resource="virtual-keys").exists()


def test_prunes_when_asked(alice, house):
    text = "customers: [{id: acme}]\nvirtual_keys: []"

    assert apply(alice, text)["changes"] == []
    (budget, key) = apply(alice, text, "?prune=1")["changes"]
    assert (budget["action"], budget["resource"]) == ("remove", "budgets")
    assert (key["action"], key["id"]) == ("remove", "acme-key")


def test_a_wrong_file_is_refused_with_all_its_places(alice):
    error = refusal(send(alice, "virtual_keys:\n- {id: a/b}\n- {id: c, customer: d, x: 1}"))

    assert error["code"] == "invalid_configuration"
    assert error["message"].startswith("line 2, column 8: virtual_keys[0].id: An id starts")
    assert error["message"].endswith("(and 1 more)")
    assert list(error["fields"]) == ["virtual_keys[0].id", "virtual_keys[1].x"]
    assert error["fields"]["virtual_keys[1].x"] == ["line 3, column 24: Unknown field 'x'."]
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("query", "field"), [("?dry=1", "dry"), ("?dry_run=maybe", "dry_run"), ("?prune=", "prune")]
)
def test_a_wrong_parameter_is_refused_by_name(alice, query, field):
    assert field in refusal(send(alice, CAPPED, query))["fields"]


def test_bodies_that_are_no_configuration(alice):
    refusal(send(alice, b"x" * (FILE_BYTES_MAX + 1)), 413)
    refusal(send(alice, CAPPED, kind="application/x-www-form-urlencoded"), 415)
    refusal(send(alice, b""))
    refusal(send(alice, b"\xff\xfe"))
    refusal(send(alice, b"[" * 100_000))
    refusal(send(alice, b"a: !!python/object:x y"))


def test_a_body_may_be_larger_than_that_of_a_form(alice):
    apply(alice, f"# {'x' * 5_000_000}\n{CAPPED}")

    assert VirtualKey.objects.exists()


@pytest.mark.parametrize(
    "reference", ["${PURSER_SEALING_KEY}", "{env: PURSER_SEALING_KEY}", "{file: /etc/passwd}"]
)
@pytest.mark.parametrize(
    "text",
    [
        "providers: [{{id: openai, kind: openai, credential: {{api_key: {0}}}}}]",
        "virtual_keys: [{{id: vk, customer: acme, secret: {0}}}]",
    ],
)
def test_nobody_reads_the_servers_secrets(alice, text, reference):
    error = refusal(send(alice, text.format(reference)))

    assert "only 'manage.py apply' reads" in error["message"]
    assert not Provider.objects.exists()


MAY_APPLY = {
    "admin": {"customers", "teams", "virtual_keys", "budgets", "providers", "models", "prices"},
    "engineer": {"virtual_keys", "providers", "models"},
    "finance": {"budgets", "prices"},
    "auditor": set(),
}
TEXTS = {
    "customers": "customers: [{id: new}]",
    "teams": "teams: [{id: new, customer: acme}]",
    "virtual_keys": "virtual_keys: [{id: new, customer: acme}]",
    "budgets": "budgets: [{id: new, owner_type: customer, owner: acme, limit_usd: 1}]",
    "providers": "providers: [{id: openai, kind: openai}]",
    "models": "models: [{id: far/m}]",
    "prices": "prices: [{model: far/known, input_usd_per_mtok: 1}]",
}


@pytest.mark.parametrize("query", ["", "?dry_run=1"])
@pytest.mark.parametrize("role", MAY_APPLY)
def test_each_role_applies_what_it_may_change_elsewhere(alice, house, role, query):
    apply(alice, "providers: [{id: far, kind: openai}]\nmodels: [{id: far/known}]")
    someone = caller(role)

    for section, text in TEXTS.items():
        expected = 200 if section in MAY_APPLY[role] else 403
        assert send(someone, text, query).status_code == expected, section


def test_what_is_refused_names_what_may_not_be_changed(house):
    engineer = caller("engineer")

    error = refusal(send(engineer, CAPPED), 403)

    assert error["message"] == "Your role may not change: budgets, customers."
    assert not VirtualKey.objects.filter(pk="vk_acme_corp").exists()


def test_what_is_there_already_may_be_said_by_whoever_may_change_the_rest(house):
    text = "customers: [{id: acme}]\nvirtual_keys: [{id: acme-key, name: x}]"

    assert apply(caller("engineer"), text)["counts"]["update"] == 1


def test_nobody_applies_nothing(database):
    refusal(send(caller("auditor"), "virtual_keys: []"), 403)


def test_whoever_is_bound_applies_inside_their_customer(house, bob):
    applied = apply(bob, "virtual_keys: [{id: new, customer: acme, team: acme-team}]")

    assert [change["id"] for change in applied["changes"]] == ["new"]


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("virtual_keys: [{id: k, customer: acme}]", "virtual_keys[0].customer", "no such customer"),
        ("virtual_keys: [{id: k, customer: none}]", "virtual_keys[0].customer", "no such customer"),
        (
            "virtual_keys: [{id: k, customer: rival, team: acme-team}]",
            "virtual_keys[0].team",
            "no such team",
        ),
        ("virtual_keys: [{id: acme-key, name: x}]", "virtual_keys[0].id", "cannot be used"),
        ("teams: [{id: acme-team, name: x}]", "teams[0].id", "cannot be used"),
        ("customers: [{id: acme}]", "customers[0].id", "cannot be used"),
        ("budgets: [{id: acme-budget, limit_usd: 9}]", "budgets[0].id", "cannot be used"),
        (
            "budgets: [{owner_type: customer, owner: acme, limit_usd: 9}]",
            "budgets[0].owner",
            "no such customer",
        ),
        (
            "budgets: [{owner_type: virtual_key, owner: acme-key, limit_usd: 9}]",
            "budgets[0].owner",
            "no such virtual key",
        ),
    ],
)
@pytest.mark.parametrize("query", ["", "?dry_run=1", "?prune=1"])
def test_a_rival_neither_changes_nor_learns_anything_of_acmes(
    house, mallory, text, path, message, query
):
    error = refusal(send(mallory, text, query))

    assert list(error["fields"]) == [path]
    assert message in error["fields"][path][0]


def test_a_rival_cannot_tell_what_is_acmes_from_what_is_not_there(house, mallory):
    text = "virtual_keys: [{id: k, customer: CUSTOMER, team: TEAM}]"

    def answer(customer, team):
        return send(mallory, text.replace("CUSTOMER", customer).replace("TEAM", team)).json()

    assert answer("acme", "null") == answer("none", "null")
    there, not_there = answer("acme", "acme-team"), answer("none", "none-team")
    assert (
        there["error"]["fields"]["virtual_keys[0].customer"]
        == (not_there["error"]["fields"]["virtual_keys[0].customer"])
    )


def test_a_rival_prunes_nothing_but_their_own(house, mallory):
    apply(mallory, "customers: [{id: rival}]\nvirtual_keys: []\nbudgets: []", "?prune=1")

    assert list(VirtualKey.objects.values_list("pk", flat=True)) == ["acme-key"]
    assert Budget.objects.filter(pk="acme-budget").exists()


@pytest.mark.parametrize("section", ["providers", "models", "prices"])
def test_whoever_is_bound_prunes_nothing_that_customers_share(alice, house, mallory, section):
    apply(alice, "prices: [{model: openai/m, input_usd_per_mtok: 1}]")

    refusal(send(mallory, f"{section}: []", "?prune=1"), 403)

    assert Provider.objects.exists()


def test_whoever_is_bound_learns_no_address_of_a_provider(alice, mallory):
    apply(alice, "providers: [{id: far, kind: openai, base_url: 'http://10.0.0.1/v1'}]")

    answer = send(mallory, "providers: [{id: far, base_url: 'http://x'}]", "?dry_run=1")

    assert "10.0.0.1" not in str(refusal(answer, 403))


def test_a_repeated_request_is_answered_as_before_with_its_secrets(alice):
    headers = {"headers": {"Idempotency-Key": "one"}}

    def post():
        path, body = f"{API}apply", CAPPED.encode()
        return alice._client.post(path, body, content_type="application/yaml", **headers)

    first, second = post(), post()

    assert first.json() == second.json()
    assert first.json()["secrets"]
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_audit_log_knows_who_applied(alice):
    apply(alice, CAPPED)

    events = AuditEvent.objects.filter(resource__in=["customers", "virtual-keys", "budgets"])
    assert {event.door for event in events} == {"api"}
    assert len(set(events.exclude(actor="").values_list("actor", flat=True))) == 1
    assert events.count() == 3


def test_answers_are_as_they_are_described(alice):
    schema = alice.get("schema").json()
    described = answers_of(schema, "apply", "post")

    for answer in (
        send(alice, CAPPED),
        send(alice, CAPPED.replace("200", "1")),
        send(alice, "customers: [{id: acme_corp}]\nvirtual_keys: []", "?prune=1"),
        send(alice, "foo: 1"),
        send(alice, "foo: 1", kind="text/plain"),
    ):
        validator = Draft4Validator(shape(schema, described[answer.status_code]))
        validator.validate(answer.json())


def test_a_file_says_all_that_a_resource_takes(alice):
    schema = alice.get("schema").json()

    for form in FORMS:
        path = f"/api/v1/{form.resource.value}"
        body = schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        name = body["schema"]["$ref"].rpartition("/")[2]
        taken = set(schema["components"]["schemas"][name]["properties"])
        assert taken <= set(form.fields), (form.section, taken - set(form.fields))
