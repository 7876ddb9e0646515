"""Reports show renamed codes under their new name, to the last digit; records stay."""

import json
import random
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest

from controlplane.metadata_rules.services import create_rule, update_rule
from controlplane.usage import services
from controlplane.usage.models import UsageRecord
from tests import builders
from tests.builders import NOON, usage_records
from tests.integration.test_usage_export import exported
from tests.integration.test_usage_summary import costs, summary

pytestmark = pytest.mark.usefixtures("database")


def rename(renames, customer_id="acme", key="code"):
    create_rule(customer=builders.customer(customer_id), key=key, renames=renames)


def test_old_and_new_are_one_group_of_their_customer_alone():
    usage_records([{"metadata": {"code": "old"}}, {"metadata": {"code": "new"}}])
    usage_records([{"metadata": {"code": "old"}, "customer_id": "rival"}])
    rename({"old": "new"})

    cent = Decimal("0.01")
    found = costs(summary("customer,metadata.code"))
    assert found == {("acme", "new"): 2 * cent, ("rival", "old"): cent}


def test_the_new_name_finds_what_was_filed_under_the_old_one_and_the_old_one_still_finds_its_own():
    usage_records([{"metadata": {"code": code}} for code in ("old", "new", "old", "other")])
    rename({"old": "new"})

    assert summary(metadata__code="new").total.requests == 3
    assert summary(metadata__code="old").total.requests == 2
    assert costs(summary("metadata.code", metadata__code="old")) == {("new",): Decimal("0.02")}


def test_numbers_and_flags_are_renamed_by_their_text_and_what_is_empty_stays_so():
    usage_records([{"metadata": {"code": code}} for code in (7, True, 1.5, "", None)])
    rename({"7": "seven", "true": "yes", "1.5": "more"})

    assert set(costs(summary("metadata.code"))) == {("seven",), ("yes",), ("more",), (None,)}


def test_sums_are_exact_also_from_the_rollup_and_where_metadata_is_folded(monkeypatch):
    monkeypatch.setattr(services, "METADATA_OBJECTS_MAX", 5)
    dice, renames = random.Random(3), {f"old-{n}": f"new-{n % 4}" for n in range(12)}
    records = [_random_record(dice) for _ in range(300)]
    usage_records(records[:150])
    services.fold_metadata()
    usage_records(records[150:])
    rename(renames)

    expected = defaultdict(Decimal)
    for each in records:
        expected[renames.get(each["metadata"]["code"], each["metadata"]["code"]),] += each[
            "cost_usd"
        ]
    assert costs(summary("metadata.code")) == expected
    period = {"from_": "2026-11-21", "to": "2026-11-21", "tz": "Asia/Kolkata"}
    assert sum(costs(summary("metadata.code", **period)).values()) == (
        summary(**period).total.cost_usd
    )
    assert services.verify_books() == []


def _random_record(dice):
    return {
        "metadata": {"code": f"{dice.choice(['old', 'new'])}-{dice.randrange(12)}"},
        "cost_usd": Decimal(dice.randrange(10**12)).scaleb(-12),
        "at": NOON + timedelta(seconds=dice.randrange(3 * 86400)),
    }


def test_rows_and_files_show_the_new_name_and_rows_say_what_was_sent(alice):
    (request_id,) = usage_records([{"metadata": {"code": "old", "other": "old"}}])
    rename({"old": "new"})

    row = alice.get(f"usage/{request_id}").json()
    assert row["metadata"] == {"code": "new", "other": "old"}
    assert row["metadata_said"] == {"code": "old", "other": "old"}
    assert alice.get("usage").json()["results"][0] == row
    (line,) = exported()
    assert json.loads(line["metadata"])["code"] == "new"
    assert UsageRecord.objects.get().metadata["code"] == "old"


def test_a_rename_that_is_taken_back_leaves_no_trace():
    usage_records([{"metadata": {"code": "old"}}])
    rule = create_rule(customer=builders.customer(), key="code", renames={"old": "new"})

    update_rule(rule, renames={})

    assert set(costs(summary("metadata.code"))) == {("old",)}
