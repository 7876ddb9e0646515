"""The OpenAPI description, and that it is true."""

import re

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema
from jsonschema import Draft4Validator

from tests.personas import API

REFERENCE = re.compile(r"#/components/schemas/(\w+)")


@pytest.fixture
def schema(alice):
    return alice.get("schema").json()


def answers_of(schema, path, method):
    responses = schema["paths"][f"/api/v1/{path}"][method]["responses"]
    return {int(status): response for status, response in responses.items()}


def shape(schema, response):
    """The answer's schema, able to find what it refers to; null where `nullable` says so."""
    body = response["content"]["application/json"]["schema"]
    return nullable({**body, "components": schema["components"]})


def nullable(node):
    if isinstance(node, list):
        return [nullable(part) for part in node]
    if not isinstance(node, dict):
        return node
    plain = {key: nullable(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


def test_it_is_valid_openapi_3(schema):
    validate_schema(schema)

    assert schema["openapi"].startswith("3.")


def test_every_answer_is_as_described(alice, schema):
    made = {
        "customers": {"id": "acme"},
        "teams": {"id": "research", "customer": "acme"},
        "virtual-keys": {"id": "vk", "customer": "acme", "expires_at": "2027-01-01T00:00:00Z"},
        "budgets": {"owner_type": "customer", "owner": "acme", "limit_usd": "1"},
        "providers": {"id": "openai", "kind": "openai", "credential": {}},
        "models": {"id": "openai/m", "aliases": ["best", {"name": "fast", "weight": 3}]},
        "prices": {"model": "openai/m", "input_usd_per_mtok": "1"},
        "tokens": {"name": "t", "role": "auditor"},
    }

    for resource, body in made.items():
        created, listed = alice.post(resource, body), alice.get(resource)
        refused = alice.post(resource, {"wrong": 1})
        for answer, method in ((created, "post"), (listed, "get"), (refused, "post")):
            described = answers_of(schema, resource, method)[answer.status_code]
            Draft4Validator(shape(schema, described)).validate(answer.json())


def test_no_answer_has_a_field_that_is_not_described(alice, schema):
    alice.make("customers", id="acme")
    alice.make("virtual-keys", id="vk", customer="acme")

    described = schema["components"]["schemas"]["VirtualKey"]["properties"]

    assert set(alice.get("virtual-keys/vk").json()) == set(described)


def test_every_operation_names_its_refusals(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert {"400", "401", "403"} <= set(operation["responses"]), (path, method)


def test_the_browser_for_it_needs_no_other_site(database):
    page = Client(SERVER_NAME="localhost").get(API + "docs")

    assert page.status_code == 200
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page.content.decode())
