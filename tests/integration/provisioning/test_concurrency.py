"""Several at once: one after the other, and each looks at what the one before it left."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from controlplane.accounts.models import Customer
from controlplane.budgets.models import Budget
from controlplane.errors import Conflict
from controlplane.keys.models import VirtualKey
from controlplane.keys.services import update_key
from controlplane.provisioning import services
from controlplane.provisioning.services import APPLY_LOCK
from tests import builders
from tests.integration.provisioning.applying import PRODUCTION, apply, counts

pytestmark = pytest.mark.usefixtures("database")


def in_threads(*calls):
    """What each came to; every thread has a connection of its own."""

    def call(each):
        try:
            return each()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call, each) for each in calls]]


def conflict(text):
    with pytest.raises(Conflict) as refused:
        apply(text)
    return refused.value.code


def test_the_same_file_applied_by_many_at_once_is_applied_once():
    applied = in_threads(*[lambda: counts(apply(PRODUCTION))] * 6)

    assert sorted(applied) == [(0, 0, 0, 2)] * 5 + [(3, 0, 0, 0)]
    assert (Customer.objects.count(), VirtualKey.objects.count()) == (1, 1)
    assert Budget.objects.count() == 1


def test_different_files_at_once_all_hold():
    texts = [
        f"virtual_keys: [{{id: vk-{n}, customer: acme, team: t-{n}, budget: {{daily_usd: {n}}}}}]"
        for n in range(1, 7)
    ]

    in_threads(*[lambda text=text: apply(text) for text in texts])

    assert VirtualKey.objects.count() == Budget.objects.count() == 6
    assert Customer.objects.count() == 1


def test_a_plan_looks_at_what_was_changed_before_it_got_its_turn():
    key = builders.virtual_key("vk", requests_per_minute=1)
    changed, looked = threading.Event(), threading.Event()

    def edit():
        with transaction.atomic():
            update_key(key, requests_per_minute=60)
            changed.set()
            looked.wait(1)  # the other waits for this row, or it would be done by now

    def apply_file():
        changed.wait(10)
        applied = apply("virtual_keys: [{id: vk, rate_limit: {requests_per_minute: 60}}]")
        looked.set()
        return applied

    _, applied = in_threads(edit, apply_file)

    assert applied.plan.is_empty


def test_whoever_waits_too_long_is_told_so_and_has_changed_nothing(monkeypatch):
    monkeypatch.setattr(services, "LOCK_TIMEOUT", "50ms")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPLY_LOCK])
        assert in_threads(lambda: conflict(PRODUCTION)) == ["busy"]

    assert not Customer.objects.exists()
    assert counts(apply(PRODUCTION)) == (3, 0, 0, 0)


def test_a_row_that_somebody_else_holds_too_long_is_a_conflict(monkeypatch):
    monkeypatch.setattr(services, "LOCK_TIMEOUT", "50ms")
    builders.virtual_key("vk")
    with transaction.atomic():
        VirtualKey.objects.select_for_update().get(pk="vk")
        assert in_threads(lambda: conflict("virtual_keys: [{id: vk, name: x}]")) == ["busy"]


def test_a_row_that_somebody_else_makes_meanwhile_is_a_conflict_and_not_a_wrong_file():
    made, applied = threading.Event(), []

    def make():
        with transaction.atomic():
            Customer.objects.create(id="acme")
            made.set()
            threading.Event().wait(0.3)  # the other inserts the same meanwhile, and waits

    def apply_file():
        made.wait(10)
        try:
            applied.append(counts(apply("customers: [{id: acme, name: A}]")))
        except Conflict as error:
            applied.append(error.code)

    in_threads(make, apply_file)

    assert applied in (["conflict"], [(0, 1, 0, 0)])  # the second if it came late
    assert Customer.objects.count() == 1


def test_a_thousand_keys_take_a_few_statements():
    from django.test.utils import CaptureQueriesContext

    text = "virtual_keys:\n" + "".join(
        f"- {{id: vk-{n}, customer: acme, team: t, budget: {{monthly_usd: 1}}}}\n"
        for n in range(1000)
    )
    with CaptureQueriesContext(connection) as first:
        assert counts(apply(text)) == (2002, 0, 0, 0)
    with CaptureQueriesContext(connection) as second:
        assert apply(text).plan.is_empty

    assert len(first) < 150
    assert len(second) < 40
