"""The list of requests and a request's page say what the API and the books say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests import builders
from tests.integration.dashboard.reading import few_queries, numbers_in, part, text_of
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")

OCTOBER = "period=2026-10"
AT = datetime(2026, 10, 20, 12, tzinfo=UTC)
COST = Decimal("0.008289")


@pytest.fixture
def many():
    """120 requests, a minute apart, each dearer than the one before."""
    builders.customer("acme", name="Acme Corp")
    return builders.usage_records(
        [
            {"at": AT + timedelta(minutes=each), "cost_usd": Decimal(each) / 1_000_000}
            for each in range(120)
        ]
    )


@pytest.fixture
def rescued():
    """The id of a request that cost $0.008289 at the second attempt."""
    from controlplane.catalog.models import Model, Price, Provider

    Provider.objects.create(id="anthropic", kind="anthropic")
    Model.objects.create(id="anthropic/claude", provider_id="anthropic", upstream_model="claude")
    rates = {"input_usd_per_mtok": 3, "cached_input_usd_per_mtok": "0.3", "output_usd_per_mtok": 15}
    Price.objects.create(
        id="claude@2026-09-01",
        model_id="anthropic/claude",
        valid_from=datetime(2026, 9, 1, tzinfo=UTC),
        **rates,
    )
    missed = {"provider": "openai", "model": "openai/gpt-4o", "status": None, "ms": 100.0}
    answer = {"provider": "anthropic", "model": "anthropic/claude", "status": 200, "ms": 700.0}
    balance = builders.balance(builders.budget("acme-month"), at=AT)
    return builders.usage_record(
        **{"at": AT, "provider": "anthropic", "model": "anthropic/claude", "cost_usd": COST},
        **{"input_tokens": 3243, "cached_input_tokens": 2000, "output_tokens": 264},
        reasoning_tokens=96,
        price_id="claude@2026-09-01",
        reserved_usd=Decimal("0.071729"),
        balances=[balance],
        attempts=[
            {**missed, "error_code": "timeout", "cost_usd": None},
            {**answer, "error_code": None, "cost_usd": "0.008289"},
        ],
        metadata={"note": "<script>alert(1)</script>"},
    )


def ids_in(page):
    rows = part(page, '<table class="table requests">', "</table>").split('<th scope="row">')[1:]
    return [row.partition("/requests/")[2].partition("/")[0] for row in rows]


def link(page, title):
    before = page.partition(f"{title}")[0]
    return before.rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")


def test_the_sums_are_those_of_the_api(sign_in, many):
    page = text_of(sign_in().get(f"/requests/?{OCTOBER}"))
    total = caller().get(f"usage/summary?{OCTOBER}").json()["total"]

    shown = [value for value, _ in numbers_in(part(page, 'class="sentence"', "</p>"))]

    assert shown[:2] == [str(total["requests"]), total["cost_usd"]]
    assert shown[2:] == [str(total["tokens"]["input"]), str(total["tokens"]["output"])]


def test_pages_lead_to_all_requests_and_back(sign_in, many):
    client, newest_first = sign_in(), many[::-1]
    first = text_of(client.get(f"/requests/?{OCTOBER}"))
    second = text_of(client.get(link(first, "Older <")))
    third = text_of(client.get(link(second, "Older <")))

    assert ids_in(first) + ids_in(second) + ids_in(third) == newest_first
    assert 'class="button is-off" aria-hidden="true">Older' in third
    back = text_of(client.get(link(third, '<span aria-hidden="true">‹</span> Newer')))
    assert ids_in(back) == newest_first[50:100]


def test_one_may_jump_to_a_moment(sign_in, many):
    page = text_of(sign_in().get(f"/requests/?{OCTOBER}&at=2026-10-20T12:10"))

    assert ids_in(page) == many[10::-1]


def test_the_dearest_come_first(sign_in, many):
    page = text_of(sign_in().get(f"/requests/?{OCTOBER}&sort=cost"))

    assert ids_in(page) == many[:19:-1]


def test_newer_requests_are_a_link(sign_in, many):
    from controlplane.usage.models import UsageRecord
    from controlplane.usage.queries import Position

    record = UsageRecord.objects.get(request_id=many[107])

    since = Position.of(record).cursor()
    page = text_of(sign_in().get(f"/requests/newer/?{OCTOBER}&since={since}"))

    assert numbers_in(page) == [("12", "12")]
    assert f'href="/requests/?{OCTOBER}"' in page


@pytest.mark.parametrize("query", ["after=x", "before=%00", "at=soon", "sort=name"])
def test_a_place_that_cannot_be_read_is_refused(sign_in, query):
    assert sign_in().get(f"/requests/?{query}").status_code == 400


def test_the_files_hold_the_same_requests(sign_in, many):
    client = sign_in()
    page = text_of(client.get(f"/requests/?{OCTOBER}&virtual_key=vk-1"))

    url = link(page, "CSV, these")

    assert url == f"/api/v1/usage/export?virtual_key=vk-1&{OCTOBER}&format=csv"
    assert client.get(url).status_code == 200


def test_a_page_asks_little(sign_in, many, rescued):
    client = sign_in()

    for path in (f"/requests/?{OCTOBER}&customer=acme&virtual_key=vk-1", f"/requests/{rescued}/"):
        with few_queries():
            text_of(client.get(path))


def test_a_cost_is_explained_by_lines_that_add_up(sign_in, rescued):
    page = text_of(sign_in().get(f"/requests/{rescued}/"))
    booked = caller().get(f"usage/{rescued}").json()

    table = part(page, '<table class="table arithmetic">', "</table>")
    amounts = [Decimal(value) for value, text in numbers_in(table) if text.startswith("$")]

    assert sum(amounts[:-1]) == amounts[-1] == Decimal(booked["cost_usd"]) == COST
    assert [text in table for text in ("$0.003729", "$0.000600", "$0.001440")] == [True] * 3
    assert "First attempt, openai/gpt-4o (timed out, not billed)" in table
    assert "$0.063440" in part(page, "given back:", "Booked on")
    assert "acme-month" in page
    assert "<script>alert" not in page


def test_an_unpriced_request_says_unknown(sign_in):
    id = builders.usage_record(at=AT, cost_usd=None, price_id=None)

    page = text_of(sign_in().get(f"/requests/{id}/"))

    assert "unknown" in part(page, "Cost of this request", "</tr>")


def test_a_refusal_says_why(sign_in):
    id = builders.refusal(at=AT, provider=None, model=None)

    assert "no budget left" in text_of(sign_in().get(f"/requests/{id}/"))


def test_the_requests_of_others_are_not_there(sign_in, rescued):
    client = sign_in("auditor", "rival")

    assert client.get(f"/requests/{rescued}/").status_code == 404
    assert client.get("/requests/%00/").status_code == 404
    assert rescued not in text_of(client.get(f"/requests/?{OCTOBER}&customer=acme"))
