"""Several summaries at once are what each of them is alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from controlplane.usage.dimensions import read_dimensions
from controlplane.usage.filters import RecordFilter
from controlplane.usage.limits import limited_report
from controlplane.usage.summary import summarise
from controlplane.usage.together import Asked, summarise_together
from tests.builders import NOON, usage_record

pytestmark = pytest.mark.usefixtures("database")


def together(*asked):
    with limited_report():
        return summarise_together(asked)


def test_each_answer_is_the_one_it_has_alone():
    for number in range(40):
        usage_record(
            customer_id=["acme", "rival", None][number % 3],
            model=["a", "2026-11-20T00:00:00+0", "T+00:00"][number % 3],
            metadata={"code": f"B-{number % 4}"},
            status=[200, 429][number % 2],
            cost_usd=None if number % 5 == 0 else Decimal(number).scaleb(-7),
            at=NOON + timedelta(hours=number),
        )
    everything = RecordFilter()
    some = RecordFilter(start=NOON + timedelta(minutes=90), timezone="Asia/Kolkata")
    questions = [
        Asked(everything),
        Asked(everything, read_dimensions(["customer,status"]), 2),
        Asked(some, read_dimensions(["day,model"])),
        Asked(some, read_dimensions(["hour"])),
        Asked(RecordFilter(only_customer="acme"), read_dimensions(["metadata.code"])),
    ]

    answers = together(*questions)

    for asked, answer in zip(questions, answers, strict=True):
        assert answer == summarise(asked.records, asked.dimensions, limit=asked.limit)


def test_nothing_asked_and_nothing_booked():
    assert together() == []
    assert together(Asked(RecordFilter(), ("customer",)))[0].total.requests == 0
