"""What is sent in the headers and the query of a request to a provider."""

from typing import Any

import pytest

from dataplane.providers.headers import MADE_MAX, ProviderHeaders, api_key_in, with_query
from dataplane.snapshot.model import Provider


def provider(**fields: Any) -> Provider:
    row = {"region": "", "project": "", "auth_header": "", "extra_headers": {}, "extra_query": {}}
    usual = {"vendor": "anthropic", "credential": {"api_key": "secret"}, **row, **fields}
    return Provider(id="far", kind="anthropic", base_url="https://far.test", **usual)


def headers(forwarded: tuple[bytes, ...] = (), **defaults: str) -> ProviderHeaders:
    return ProviderHeaders(lambda far: api_key_in("x-api-key", far), forwarded, defaults)


def test_the_clients_headers_are_forwarded_by_name_alone() -> None:
    made = headers((b"anthropic-beta",)).of(
        provider(), {b"anthropic-beta": b"files", b"cookie": b"a", b"x-api-key": b"sk-pur-1"}
    )

    assert made["anthropic-beta"] == "files"
    assert made["x-api-key"] == "secret"
    assert "cookie" not in made


def test_what_is_configured_comes_before_the_client_and_that_before_the_default() -> None:
    kind = headers((b"version",), version="default")

    assert kind.of(provider(), {})["version"] == "default"
    assert kind.of(provider(), {b"version": b"asked"})["version"] == "asked"
    configured = provider(extra_headers={"Version": "configured"})
    assert kind.of(configured, {b"version": b"asked"})["version"] == "configured"


def test_lists_of_features_are_joined() -> None:
    far = provider(extra_headers={"Anthropic-Beta": "context-1m"})

    made = headers((b"anthropic-beta",)).of(far, {b"anthropic-beta": b"files,skills"})

    assert made["anthropic-beta"] == "context-1m,files,skills"


def test_the_headers_of_a_changed_provider_are_made_anew() -> None:
    kind = headers()
    assert kind.of(provider(), {})["x-api-key"] == "secret"
    assert kind.of(provider(credential={"api_key": "new"}), {})["x-api-key"] == "new"


def test_each_of_several_credentials_keeps_its_own() -> None:
    kind = headers()
    accounts = [
        provider(credential={"api_key": key}, credential_index=index)
        for index, key in enumerate(["first", "second"])
    ]

    made = [kind.of(account, {}) for account in accounts]

    assert [each["x-api-key"] for each in made] == ["first", "second"]
    assert [kind.of(account, {}) for account in accounts] == made
    assert kind.of(accounts[0], {}) is made[0]


def test_headers_that_differ_with_every_request_do_not_pile_up() -> None:
    kind = headers((b"idempotency-key",))
    far = provider()
    for number in range(3 * MADE_MAX):
        value = str(number).encode()
        assert kind.of(far, {b"idempotency-key": value})["idempotency-key"] == str(number)
    assert len(kind._made) <= MADE_MAX


@pytest.mark.parametrize(
    ("auth_header", "expected"),
    [
        ("", {"x-api-key": "secret"}),
        ("Authorization", {"authorization": "Bearer secret"}),
        ("X-Key", {"x-key": "secret"}),
    ],
)
def test_the_key_stands_where_the_provider_wants_it(auth_header: str, expected: Any) -> None:
    assert api_key_in("x-api-key", provider(auth_header=auth_header)) == expected


def test_without_a_key_there_is_no_header() -> None:
    assert api_key_in("x-api-key", provider(credential={})) == {}


def test_a_configured_query_comes_before_ours() -> None:
    assert with_query("https://far.test/v1", provider()) == "https://far.test/v1"
    far = provider(extra_query={"api-version": "2", "a": "b c"})
    url = with_query("https://far.test/v1", far, **{"api-version": "1"})
    assert url == "https://far.test/v1?api-version=2&a=b+c"
