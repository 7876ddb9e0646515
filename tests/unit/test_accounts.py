"""A provider with one credential, or with several that share its traffic."""

import os
from typing import Any

import pytest

from billing.listings import Listings
from dataplane.contract.credentials import SealingKeys
from dataplane.snapshot.accounts import provider_from
from dataplane.snapshot.loader import build_catalog
from dataplane.snapshot.model import Catalog
from dataplane.snapshot.resolve import resolve
from tests import estimates

KEYS = SealingKeys.parse(os.environ["PURSER_SEALING_KEY"])
SEVERAL = {"credentials": [{"api_key": "sk-a"}, {"api_key": "sk-b", "weight": 3}]}


def row(credential: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    return {
        "id": "far",
        "kind": "openai",
        "base_url": "",
        "region": "",
        "project": "",
        "auth_header": "",
        "extra_headers": {},
        "extra_query": {},
        "price_list": "openai",
        "credential_sealed": None if credential is None else KEYS.seal(credential, "far"),
        **fields,
    }


def model_row(id: str = "far/gpt-4o") -> dict[str, Any]:
    return {
        "id": id,
        "provider_id": "far",
        "upstream_model": "gpt-4o",
        "max_output_tokens": None,
        "is_active": True,
    }


def catalog(credential: dict[str, Any] | None) -> Catalog:
    rows = {
        "providers": [row(credential)],
        "models": [model_row(), model_row("far/other")],
        "aliases": [
            {"alias": "smart", "model_id": "far/gpt-4o", "weight": 4},
            {"alias": "smart", "model_id": "far/other", "weight": 1},
        ],
        "listings": [],
        "prices": [],
    }
    return build_catalog(rows, KEYS)


@pytest.mark.parametrize(
    ("credential", "opened"),
    [
        (None, [({}, 1)]),
        ({}, [({}, 1)]),
        ({"api_key": "sk-a"}, [({"api_key": "sk-a"}, 1)]),
        ({"credentials": [{"api_key": "sk-a", "weight": 2}]}, [({"api_key": "sk-a"}, 2)]),
        (SEVERAL, [({"api_key": "sk-a"}, 1), ({"api_key": "sk-b"}, 3)]),
    ],
)
def test_each_credential_is_an_account(credential: Any, opened: list[tuple[Any, int]]):
    provider = provider_from(row(credential), KEYS)

    accounts = [provider, *provider.others]

    assert [(account.credential, account.weight) for account in accounts] == opened
    assert [account.credential_index for account in accounts] == list(range(len(opened)))


def test_what_cannot_be_opened_is_a_provider_without_a_credential():
    sealed = KEYS.seal({"api_key": "sk-a"}, "another")

    assert provider_from(row(None, credential_sealed=sealed), KEYS).credential == {}


def test_a_deployment_is_there_once_with_each_credential():
    found = resolve(catalog(SEVERAL), "far/gpt-4o", ())

    assert [entry.place for entry in found] == [("far/gpt-4o", 0), ("far/gpt-4o", 1)]
    assert [entry.provider.credential["api_key"] for entry in found] == ["sk-a", "sk-b"]
    assert [entry.weight for entry in found] == [0.25, 0.75]


def test_credentials_share_the_weight_that_an_alias_gives_their_deployment():
    found = resolve(catalog(SEVERAL), "smart", ())

    assert [(*entry.place, entry.weight) for entry in found] == [
        ("far/gpt-4o", 0, 1.0),
        ("far/gpt-4o", 1, 3.0),
        ("far/other", 0, 0.25),
        ("far/other", 1, 0.75),
    ]


def test_a_listed_model_has_them_too():
    provider = provider_from(row(SEVERAL), KEYS)
    listings = {"openai": Listings([estimates.listing("gpt-4o-mini")])}

    found = resolve(Catalog({"far": provider}, listings=listings), "far/gpt-4o-mini", ())

    assert [entry.place for entry in found] == [("far/gpt-4o-mini", 0), ("far/gpt-4o-mini", 1)]


def test_no_credential_is_in_what_is_shown_of_a_provider():
    assert "sk-" not in repr(provider_from(row(SEVERAL), KEYS))
