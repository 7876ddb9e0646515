"""Whatever is wrong with a request, the answer is the envelope, and never a 500."""

import json

import pytest
from django.db import DatabaseError
from django.test import Client

from controlplane.accounts import members
from controlplane.accounts.models import Customer
from controlplane.api.customers import CustomerView
from controlplane.api.parsers import BODY_BYTES_MAX
from tests import builders
from tests.personas import API, refusal


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"id": "a", "id": "b"}',
        b'{"metadata": {"a": NaN}}',
        b'{"metadata": {"a": Infinity}}',
        b'{"metadata": {"a": 1e999}}',
        b'{"metadata": ' + b"[" * 100_000,
        b'{"a": ' + b"1" * 5000 + b"}",
        b"\xff\xfe",
        b'{"id": "\xc3\x28"}',
    ],
)
def test_a_body_that_is_no_json_is_refused(alice, body):
    assert refusal(alice.post("customers", body))["code"] == "invalid_json"


@pytest.mark.parametrize("body", [b"[]", b"5", b'"acme"', b"null", b"true"])
def test_a_body_that_is_no_object_is_refused(alice, body):
    assert refusal(alice.post("customers", body))["code"] == "invalid"


def test_a_deep_body_is_refused_by_name(alice):
    body = b'{"metadata": ' + b'{"a":' * 50 + b"1" + b"}" * 51

    assert "metadata" in refusal(alice.post("customers", body))["fields"]


def test_a_huge_body_is_refused(alice):
    body = json.dumps({"name": "x" * BODY_BYTES_MAX}).encode()

    assert refusal(alice.post("customers", body), 413)["code"] == "request_too_large"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(alice, content_type):
    answer = alice.send("post", "customers", b"id=acme", content_type)

    assert refusal(answer, 415)["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "path", ["", "nothing", "customers/", "customers/a/b", "virtual-keys/a/explode", "../v2"]
)
def test_an_unknown_route_is_404(alice, path):
    assert refusal(alice.get(path), 404)["code"] == "not_found"


@pytest.mark.parametrize("path", ["customers/%00", "models/a/%00", "customers/%ff", "x" * 3000])
def test_an_odd_path_is_404(alice, path):
    refusal(alice.get(path), 404)


def test_a_wrong_method_is_405(alice):
    refused = [alice.delete("customers"), alice.put("customers", {})]

    assert {refusal(answer, 405)["code"] for answer in refused} == {"method_not_allowed"}


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense"])
def test_the_answer_is_json_whatever_the_client_would_rather_have(alice, accept):
    answer = alice.get("customers", headers={"accept": accept})

    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "-5"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"cursor": "%%%"}, "cursor"),
        ({"cursor": "AA"}, "cursor"),
        ({"cursor": "ünïcödé"}, "cursor"),
        ({"page": "2"}, "page"),
        ({"is_active": "perhaps"}, "is_active"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(alice, query, field):
    assert field in refusal(alice.get("customers", **query))["fields"]


def test_a_parameter_with_a_nul_is_refused(alice):
    assert "customer" in refusal(alice.get("teams", customer="a\x00"))["fields"]


def test_a_parameter_where_none_is_known_is_refused(alice):
    assert "expand" in refusal(alice.get("customers/acme?expand=teams"))["fields"]


def test_a_bug_is_a_500_that_tells_an_id_and_nothing_else(alice, monkeypatch, caplog):
    def fail(view, fields):
        raise DatabaseError("secret detail")

    monkeypatch.setattr(CustomerView, "add", fail)
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    headers = {"authorization": f"Bearer {alice.secret}"}

    answer = client.post(API + "customers", {}, content_type="application/json", headers=headers)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (500, "internal_error")
    assert b"secret detail" not in answer.content
    assert error["request_id"] in caplog.text


def test_a_request_for_another_host_is_refused_in_the_envelope(database):
    answer = Client(SERVER_NAME="evil.example").get(API + "customers")

    assert refusal(answer)["code"] == "bad_request"


def test_a_refused_request_leaves_nothing_behind(alice):
    alice.make("providers", id="openai", kind="openai")

    refusal(alice.post("models", {"id": "openai/a", "aliases": ["good", "b a d"]}))

    assert alice.get("models").json()["results"] == []


def test_lists_come_in_pages_that_the_next_url_continues(alice):
    for number in range(5):
        alice.make("customers", id=f"c{number}")

    first = alice.get("customers", limit=2).json()
    second = alice.follow(first["next"]).json()
    third = alice.follow(second["next"]).json()

    pages = [[row["id"] for row in page["results"]] for page in (first, second, third)]
    assert pages == [["c0", "c1"], ["c2", "c3"], ["c4"]]
    assert third["next"] is None


def test_a_page_is_not_disturbed_by_what_comes_and_goes(alice):
    for name in ("a", "b", "c", "d"):
        alice.make("customers", id=name)
    first = alice.get("customers", limit=2).json()

    Customer.objects.filter(id="b").delete()
    alice.make("customers", id="aa")

    assert [row["id"] for row in alice.follow(first["next"]).json()["results"]] == ["c", "d"]


def test_health_is_told_to_anyone(database):
    client = Client(SERVER_NAME="localhost")

    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


@pytest.mark.parametrize("body", [[], [{}], 7, False, "x"])
@pytest.mark.parametrize("path", ["virtual-keys/vk-1/revoke", "members/bob/invite"])
def test_an_action_that_takes_nothing_refuses_what_is_no_object(alice, path, body):
    builders.virtual_key("vk-1")
    members.create_member(username="bob", role="auditor")

    assert refusal(alice.post(path, body), 400)


@pytest.mark.parametrize("resource", ["audit-log", "erasures", "usage-imports", "cache-entries"])
@pytest.mark.parametrize("id", ["x", "9" * 30])
def test_an_id_that_is_no_number_is_not_there(alice, resource, id):
    assert alice.get(f"{resource}/{id}").status_code == 404
