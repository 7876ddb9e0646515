"""Erasing while requests go on, and of many records."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from billing.sql import statement
from controlplane import personal_data
from controlplane.content.models import StoredContent
from controlplane.privacy import services
from controlplane.privacy.services import carry_out, forget_late_records, request_erasure
from controlplane.usage import forgetting
from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from tests import builders, catalog
from tests.fakes.upstream import whole
from tests.integration.test_content import ANSWER, ask, written
from tests.plane import booked

RECORDS = 5_000
MANY = f"""
    CREATE TEMPORARY TABLE booked (LIKE usage_usagerecord);
    INSERT INTO booked SELECT (jsonb_populate_record(record, jsonb_build_object(
        'request_id', 'many_' || n, 'at', record.at + make_interval(secs => n / 10),
        'metadata', jsonb_build_object('code', 'B-' || n % 50, 'person', 'P-' || n % 7)))).*
    FROM usage_usagerecord record, generate_series(1, {RECORDS}) AS n;
    INSERT INTO usage_usagerecord SELECT * FROM booked;
"""


def test_many_records_go_in_batches_and_the_books_agree_after_each(database):
    builders.usage_record(at=timezone.now() - timedelta(days=2))
    with connection.cursor() as cursor:
        cursor.execute(MANY)
        cursor.execute(statement("roll_up"))
        cursor.execute("DROP TABLE booked")
    assert verify_books() == []

    batches = []
    for count in forgetting.forget_metadata(until=timezone.now(), customer_id="acme"):
        batches.append(count)
        if len(batches) % 4 == 0:
            assert verify_books() == []

    assert sum(batches) == RECORDS
    assert max(batches) <= personal_data.ROWS
    assert verify_books() == []
    assert not UsageRecord.objects.exclude(metadata={}).exists()


def test_erasing_while_requests_are_answered_loses_no_cent_and_leaves_nothing_from_before(
    plane, upstream, http
):
    catalog.priced_model(of=catalog.provider(base_url=upstream.url))
    upstream.answers(whole(ANSWER))
    own = {"store_content": True, "metadata": {"contact": "Marlene"}}
    secret, rival = catalog.key(**own), catalog.key("vk-2", customer_id="rival")
    builders.budget()
    statuses: list[int] = []
    is_over = threading.Event()

    def traffic(secret):
        while not is_over.is_set():
            said = {"metadata": {"code": "Marlene"}}
            statuses.append(ask(http, plane, secret, **said).status_code)

    threads = [threading.Thread(target=traffic, args=(each,)) for each in (secret, secret, rival)]
    for thread in threads:
        thread.start()
    _wait_for(statuses, 60)
    customer = builders.customer()
    erasure = request_erasure(customer=customer, confirm="acme", actor="member root")
    carry_out(erasure)
    _wait_for(statuses, len(statuses) + 30)
    is_over.set()
    for thread in threads:
        thread.join()

    written(plane)
    records = booked()
    forget_late_records()

    assert set(statuses) == {200}
    assert records.count() == len(statuses)
    assert verify_books() == []
    before = records.filter(customer_id="acme", at__lte=erasure.at)
    assert {str(each.metadata) for each in before} == {"{}"}
    after = records.filter(customer_id="acme", at__gt=erasure.at)
    assert {str(each.metadata) for each in after} == {"{'code': 'Marlene'}"}
    assert {each.metadata["code"] for each in records.filter(customer_id="rival")} == {"Marlene"}
    assert not StoredContent.objects.filter(at__lte=erasure.at).exists()


def _wait_for(statuses, number):
    for _ in range(1000):
        if len(statuses) >= number:
            return
        threading.Event().wait(0.01)
    raise AssertionError("requests are not answered")


@pytest.mark.usefixtures("database")
def test_two_workers_carry_an_erasure_out_once():
    customer = builders.customer(name="Marlene")
    builders.usage_records([{"metadata": {"code": str(n)}} for n in range(30)])
    asked = request_erasure(customer=customer, confirm="acme", actor="member root")
    done = []

    def work():
        try:
            done.append(services.carry_out(asked.__class__.objects.get(pk=asked.pk)))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    asked.refresh_from_db()
    assert asked.completed_at is not None
    assert asked.counts["usage"] == 30
    assert verify_books() == []
