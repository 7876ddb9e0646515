"""The overview says what the API and the books say, for whoever looks."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from billing.money import format_usd
from controlplane.caching.queries import LOCAL_EMBEDDER
from tests import builders
from tests.integration.dashboard.reading import few_queries, numbers_in, part, row_of, text_of
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")

MONTH = "period=2026-10"
AT = datetime(2026, 10, 20, 12, tzinfo=UTC)


@pytest.fixture
def october(database):
    """A month of two customers, after one of the first alone."""
    builders.customer("acme", name="Acme Corp")
    builders.customer("rival", name="Rival Ltd")
    builders.budget("acme-month", limit_usd=Decimal(100))
    records = []
    for day in range(1, 30):
        at = AT.replace(day=day)
        cost = Decimal(day) + Decimal("0.000000000001")
        records.append({"at": at, "customer_id": "acme", "cost_usd": cost})
        records.append(
            {"at": at, "customer_id": "rival", "virtual_key_id": "vk-2", "cost_usd": Decimal("0.7")}
        )
        records.append({"at": at - timedelta(days=30), "customer_id": "acme", "cost_usd": cost / 2})
    records.append({"at": AT, "customer_id": "rival", "cost_usd": None})
    builders.usage_records(records)


@pytest.mark.usefixtures("october")
def test_every_amount_is_that_of_the_api_and_of_sql(sign_in):
    page = text_of(sign_in().get(f"/?{MONTH}"))
    summary = caller().get(f"usage/summary?{MONTH}&group_by=customer").json()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(cost_usd) FROM usage_usagerecord "
            "WHERE at >= '2026-10-01' AND at < '2026-11-01'"
        )
        (in_books,) = cursor.fetchone()

    total = summary["total"]["cost_usd"]
    assert total == format_usd(in_books)
    assert numbers_in(part(page, "verdict-number", "</p>")) == [(total, "$455.30")]
    assert row_of(page, "Acme Corp")[0] == summary["results"][0]["cost_usd"]
    assert row_of(page, "Rival Ltd")[0] == summary["results"][1]["cost_usd"]
    assert row_of(page, "Total")[0] == total
    assert "closed at" in page
    assert "1</data></a> request" in part(page, "no price known", "</dd>")


@pytest.mark.usefixtures("october")
def test_the_parts_of_every_ranking_add_up_to_the_verdict(sign_in):
    client = sign_in()

    for by in ("customer", "team", "virtual_key", "model", "provider", "metadata.code"):
        page = text_of(client.get(f"/?{MONTH}&by={by}"))
        body = part(part(page, 'id="where"', "</table>"), "<tbody>", "</tbody>")
        amounts = [numbers_in(row)[0][0] for row in body.split("</tr>") if "<data" in row]
        total = Decimal(row_of(page, "Total")[0])
        assert sum(map(Decimal, amounts)) == total == Decimal("455.300000000029"), by


@pytest.mark.usefixtures("october")
def test_many_values_are_shown_as_other_and_still_add_up(sign_in):
    builders.usage_records(
        [{"at": AT, "virtual_key_id": f"vk-many-{n}", "cost_usd": Decimal(n)} for n in range(12)]
    )

    page = text_of(sign_in().get(f"/?{MONTH}&by=virtual_key"))

    assert "Other (7)" in page


@pytest.mark.usefixtures("october")
def test_a_difference_is_explained_by_key(sign_in):
    page = text_of(sign_in().get(f"/?{MONTH}"))

    assert "vk-2" in part(page, 'id="moved"', "</table>")
    assert "is new" in part(page, 'id="moved"', "</table>")


@pytest.mark.parametrize(("labels", "says"), [(400, 'value="0.010000"'), (4, "not yet proven")])
def test_how_often_similar_answers_were_wrong_is_said_of_own_keys(sign_in, labels, says):
    builders.usage_record(at=AT)
    builders.virtual_key("vk-similar")
    for place, low in enumerate((0.95, 0.98, 0.99), start=5):
        row = {"bin": place, "low": low, "labels": labels, "wrong": labels // 100, "updated_at": AT}
        owner = {"customer_id": "acme", "virtual_key_id": "vk-similar", "embedder": LOCAL_EMBEDDER}
        builders.insert("caching_cacheevidence", owner | row, returning="id")

    page = part(text_of(sign_in().get(f"/?{MONTH}")), 'id="traffic"', "</dl>")

    assert says in page
    assert "similar" not in text_of(sign_in("finance", "rival").get(f"/?{MONTH}"))


@pytest.mark.usefixtures("october")
@pytest.mark.parametrize(
    "query", [MONTH, "", "period=30d", f"{MONTH}&by=virtual_key", f"{MONTH}&compare=none"]
)
def test_few_queries_make_a_page(sign_in, query):
    client = sign_in()
    client.get("/")

    with few_queries():
        assert client.get(f"/?{query}").status_code == 200


@pytest.mark.usefixtures("october")
def test_a_bound_member_sees_their_own_sums_alone(sign_in):
    page = text_of(sign_in("finance", "rival").get(f"/?{MONTH}"))

    assert numbers_in(part(page, "verdict-number", "</p>")) == [("20.30", "$20.30")]
    assert "cme" not in page


@pytest.mark.usefixtures("october")
def test_a_filter_that_matches_nothing_offers_to_drop_itself(sign_in):
    page = text_of(sign_in().get(f"/?{MONTH}&customer=acme&model=none"))

    assert "No request matches" in page
    assert "Drop model none" in page


def test_short_history_has_no_forecast_and_says_why(sign_in):
    now = datetime.now(UTC)
    for back in range(3):
        builders.usage_record(at=now - timedelta(days=back, seconds=1))

    page = text_of(sign_in().get("/?period=this-month"))

    assert "Too little history for a forecast" in page
    assert "heading for" not in page


def test_small_amounts_keep_their_digits(sign_in):
    builders.usage_record(at=AT, cost_usd=Decimal("0.000123"))
    builders.usage_record(at=AT, customer_id="rich", cost_usd=Decimal("1234567.89"))

    page = text_of(sign_in().get(f"/?{MONTH}"))

    assert "$0.000123" in page
    assert "$1,234,567.890000" in page


def test_alerts_that_are_open_wait_for_a_decision(sign_in):
    from controlplane.alerts.models import Kind, Severity
    from controlplane.alerts.services import open_alert

    builders.usage_record(at=AT)
    for number, amount in enumerate(("1", "300", None)):
        open_alert(
            kind=Kind.OVER,
            severity=Severity.WARNING,
            cause=f"over {number}",
            title=f"Sentence {number} <b>.",
            amount_usd=amount and Decimal(amount),
            customer_id="acme",
        )

    page = text_of(sign_in().get(f"/?{MONTH}"))

    assert "3 open" in page
    assert page.index("Sentence 1") < page.index("Sentence 0") < page.index("Sentence 2")
    assert "<b>." not in page
    assert "Sentence" not in text_of(sign_in("finance", "rival").get("/"))
