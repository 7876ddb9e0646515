"""Months that are closed: one statement each, to the last digit, and never changed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from controlplane.accounts.models import Customer
from controlplane.errors import Conflict
from controlplane.statements.closing import adjust_closed_months, close_due_months
from controlplane.statements.freezing import hash_of
from controlplane.statements.models import Statement
from controlplane.statements.months import Month
from controlplane.statements.rates import publish_rate
from controlplane.statements.services import add_adjustment, close_month
from tests import builders
from tests.personas import refusal

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER = Month(2026, 10)
NO_GRACE = timedelta(0)


@pytest.fixture
def acme(database: str) -> Customer:
    customer = builders.customer("acme")
    Customer.objects.filter(pk="acme").update(name="Acme Corp", timezone="Europe/Berlin")
    customer.refresh_from_db()
    return customer


def used(cost_usd: str | None, at: datetime, **fields: object) -> None:
    builders.usage_record(at=at, cost_usd=cost_usd and Decimal(cost_usd), **fields)


def close(customer: Customer, month: Month = OCTOBER) -> Statement:
    return close_month(customer=customer, month=month, by="alice")


def test_a_statement_holds_what_fell_into_the_month_of_the_customers_zone(acme: Customer):
    used("1.000000000001", datetime(2026, 10, 1, 0, 0, tzinfo=BERLIN))
    used("2", datetime(2026, 10, 31, 23, 59, 59, tzinfo=BERLIN))
    used("40", datetime(2026, 11, 1, 0, 0, tzinfo=BERLIN))
    used(None, datetime(2026, 10, 5, tzinfo=BERLIN), provider="near", model="unpriced")

    statement = close(acme)

    assert statement.total_usd == Decimal("3.000000000001")
    assert statement.amount_due == Decimal("3.00")
    assert statement.content["unpriced_requests"] == 1
    assert [row["cost_usd"] for row in statement.content["by_model"]] == ["3.000000000001", None]
    assert statement.content["customer"] == {"id": "acme", "name": "Acme Corp"}
    assert (statement.ends_at - statement.starts_at) == timedelta(days=31, hours=1)  # DST ends


def test_closing_twice_or_at_once_makes_one_statement(acme: Customer):
    used("1", datetime(2026, 10, 5, tzinfo=UTC))

    assert close(acme) == close(acme)

    assert close_due_months(after=NO_GRACE, now=NOW).statements == []
    assert Statement.objects.count() == 1


def test_the_job_closes_every_month_since_the_first_request_however_late_it_runs(acme: Customer):
    used("1", datetime(2026, 7, 31, 23, tzinfo=UTC))  # in Berlin, it is August
    used("2", datetime(2026, 10, 5, tzinfo=UTC))

    closed = close_due_months(after=timedelta(hours=24), now=NOW).statements

    assert [(each.month, each.total_usd) for each in closed] == [
        ("2026-08", Decimal(1)),
        ("2026-09", Decimal(0)),
        ("2026-10", Decimal(2)),
    ]
    assert all(one.ends_at == following.starts_at for one, following in pairwise(closed))


def test_the_job_waits_until_what_is_on_its_way_is_in_the_books(acme: Customer):
    used("1", datetime(2026, 10, 5, tzinfo=UTC))
    turn = OCTOBER.span("Europe/Berlin")[1]

    early = close_due_months(after=timedelta(hours=24), now=turn + timedelta(hours=23))
    due = close_due_months(after=timedelta(hours=24), now=turn + timedelta(hours=24))

    assert (early.statements, [each.month for each in due.statements]) == ([], ["2026-10"])


def test_another_time_zone_bills_no_instant_twice_and_none_never(acme: Customer):
    used("1", datetime(2026, 9, 5, tzinfo=UTC))
    september = close(acme, Month(2026, 9))
    Customer.objects.filter(pk="acme").update(timezone="America/Los_Angeles")
    acme.refresh_from_db()
    used("2", september.ends_at)

    october = close(acme)

    assert october.starts_at == september.ends_at
    assert october.total_usd == Decimal(2)


def test_what_is_booked_after_the_close_is_an_adjustment_once(acme: Customer):
    used("1", datetime(2026, 10, 5, tzinfo=UTC))
    statement = close(acme)
    used("0.25", datetime(2026, 10, 6, tzinfo=UTC))

    (late,) = adjust_closed_months(now=NOW)

    assert (late.kind, late.amount_usd) == ("late_usage", Decimal("0.25"))
    assert adjust_closed_months(now=NOW) == []
    statement.refresh_from_db()
    assert (statement.total_usd, hash_of(statement)) == (Decimal(1), statement.content_hash)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE statements_statement SET total_usd = 0",
        "DELETE FROM statements_statement",
        "TRUNCATE statements_statement CASCADE",
        "UPDATE statements_adjustment SET amount_usd = 1",
    ],
)
def test_the_database_refuses_to_change_what_was_billed(acme: Customer, sql: str):
    used("1", datetime(2026, 10, 5, tzinfo=UTC))
    add_adjustment(statement=close(acme), amount_usd=Decimal(-1), reason="Goodwill", by="alice")

    refused = (ProgrammingError, InternalError, psycopg.errors.InsufficientPrivilege)
    with pytest.raises(refused), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_currency_has_the_rate_of_the_months_last_day_frozen(acme: Customer):
    Customer.objects.filter(pk="acme").update(currency="EUR")
    acme.refresh_from_db()
    used("10.01", datetime(2026, 10, 5, tzinfo=UTC))
    for day, rate in ((1, "0.9"), (31, "0.85")):
        publish_rate(currency="EUR", valid_from=date(2026, 10, day), per_usd=Decimal(rate))
    publish_rate(currency="EUR", valid_from=date(2026, 11, 1), per_usd=Decimal("0.5"))

    statement = close(acme)

    assert (statement.currency, statement.rate_valid_from) == ("EUR", date(2026, 10, 31))
    assert statement.amount_due == Decimal("8.51")  # 8.5085, rounded once


def test_a_month_without_a_rate_waits_and_keeps_nobody_else_waiting(acme: Customer):
    Customer.objects.filter(pk="acme").update(currency="EUR")
    builders.customer("zeta")
    for customer in ("acme", "zeta"):
        used("1", datetime(2026, 10, 5, tzinfo=UTC), customer_id=customer)

    closed = close_due_months(after=NO_GRACE, now=NOW)

    assert [each.customer_id for each in closed.statements] == ["zeta"]
    assert "EUR" in closed.waiting["acme"]


@pytest.mark.parametrize(
    ("month", "code"),
    [(Month(2026, 11), "month_out_of_order"), (Month(2026, 9), "month_out_of_order")],
)
def test_months_are_closed_in_their_order(acme: Customer, month: Month, code: str):
    used("1", datetime(2026, 10, 5, tzinfo=UTC))

    with pytest.raises(Conflict) as refused:
        close(acme, month)

    assert refused.value.code == code


def test_a_statement_by_rest_with_its_pdf(alice, acme: Customer):
    used("1234.5", datetime(2026, 10, 5, tzinfo=UTC))
    made = alice.make("statements", customer="acme", month="2026-10")
    path = f"statements/{made['id']}"

    adjusted = alice.post(f"{path}/adjustments", {"amount_usd": "-4.5", "reason": "Goodwill"})

    assert adjusted.json()["adjusted_usd"] == "1230.00"
    whole = alice.get(path).json()
    assert whole["content"]["by_team"][0]["cost_usd"] == "1234.50"
    pdf = alice.get(f"{path}/pdf")
    assert (pdf["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_a_stranger_sees_no_statement_and_closes_none(alice, mallory, acme: Customer):
    used("1", datetime(2026, 10, 5, tzinfo=UTC))
    made = alice.make("statements", customer="acme", month="2026-10")

    assert mallory.get("statements").json()["results"] == []
    assert mallory.get(f"statements/{made['id']}/pdf").status_code == 404
    assert mallory.post("statements", {"customer": "acme", "month": "2026-11"}).status_code == 403


def test_a_month_that_is_none_is_named(alice, acme: Customer):
    for month in ("2026-13", "october", "2026-1", "0000-01"):
        refused = refusal(alice.post("statements", {"customer": "acme", "month": month}))
        assert "month" in refused["fields"]
