"""What is exported and applied changes nothing; on another installation it makes the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.accounts.models import Customer
from controlplane.budgets.models import Budget
from controlplane.catalog.models import Listing, Price
from controlplane.keys.models import VirtualKey
from controlplane.provisioning.export import export_configuration
from controlplane.provisioning.reading import Format, read_tree
from controlplane.provisioning.shapes import plain_data
from tests import builders, catalog
from tests.integration.provisioning.applying import apply
from tests.integration.provisioning.test_changes import FULL
from tests.postgres import empty

pytestmark = pytest.mark.usefixtures("database")


def exported():
    return "".join(export_configuration())


def test_a_round_trip_changes_nothing_with_or_without_pruning():
    apply(FULL)
    text = exported()

    assert apply(text).plan.is_empty
    assert apply(text, prune=True).plan.is_empty
    assert apply(text, prune=True).plan.kept == []


def test_an_empty_installation_exports_empty_sections():
    assert plain_data(read_tree(exported().encode(), Format.YAML)[0]) == {
        name: []
        for name in (
            *("customers", "teams", "providers", "models", "prices"),
            *("virtual_keys", "budgets", "metadata_rules"),
            *("notice_channels", "alert_rules"),
        )
    }


def test_another_installation_becomes_the_same(database):
    apply(FULL)
    text = exported()
    empty(database)

    apply(text)

    assert exported() == text


def test_no_secret_is_exported():
    apply(FULL.replace("{api_key: x}", "{api_key: sk-upstream}"))
    apply("virtual_keys: [{id: given, customer: acme, secret: sk-given-0123456789}]")

    assert "sk-" not in exported()
    assert "api_key" not in exported()


def test_what_nobody_configured_is_not_exported():
    builders.budget("gone", archived_at=datetime(2026, 1, 1, tzinfo=UTC))
    model = catalog.model("m", of=catalog.provider("far", base_url="http://127.0.0.1:9"))
    catalog.price(model)
    Listing.objects.create(
        id="openai/listed", vendor="openai", model_name="l", match={}, position=1
    )
    Price.objects.create(
        id="of-the-list", listing_id="openai/listed", valid_from=datetime(2026, 1, 1, tzinfo=UTC)
    )

    text = exported()

    assert "gone" not in text
    assert "of-the-list" not in text
    assert "far/m@1970-01-01" in text


def test_more_rows_than_a_page_are_all_exported():
    builders.customer()
    VirtualKey.objects.bulk_create(
        VirtualKey(id=f"vk-{n}", customer_id="acme") for n in range(2100)
    )

    text = exported()

    assert text.count("- id: vk-") == 2100
    assert apply(text).plan.unchanged == 2101


@pytest.mark.parametrize(
    "name",
    ["null", "~", "true", "1e3", "12", "1.5", "off", "0x10", "a: b", "- a", "#", "'", '"', " a ",
     "a\nb", "é😀\u2028", "${HOME}", "*a", "&a", "!x", "|", "2026-01-01", "=", "<<", "a\tb", "\\"],
)  # fmt: skip
def test_every_text_survives(name):
    Customer.objects.create(id="acme", name=name, metadata={"k": name, "n": 1e15, "b": True})

    assert apply(exported()).plan.is_empty


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_is_read_as_it_was_written(text):
    import yaml

    from controlplane.provisioning.export import Dumper

    written = yaml.dump({"a": text}, Dumper=Dumper, allow_unicode=True, default_flow_style=None)
    top, problems = read_tree(written.encode(), Format.YAML)

    assert plain_data(top) == {"a": text}
    assert problems == []


def test_amounts_and_shares_survive():
    apply(
        "budgets: [{id: b, owner_type: customer, owner: acme, limit_usd: 0.000000000001, "
        "alert_thresholds: [33.3, 99]}]\n"
        "virtual_keys: [{id: vk, customer: acme, cache: {mode: semantic, threshold: 0.0001}}]"
    )

    assert apply(exported()).plan.is_empty
    assert Budget.objects.get().alert_thresholds == [33.3, 99]
