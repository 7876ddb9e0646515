"""Explore shows what the books say, by anything, and refuses what cannot be."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests import builders
from tests.integration.dashboard.reading import (
    QUERIES_MAX,
    few_queries,
    numbers_in,
    part,
    row_of,
    text_of,
)
from tests.personas import caller

MONTH = "period=2026-10"
AT = datetime(2026, 10, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def october(database):
    builders.customer("acme", name="Acme Corp")
    builders.usage_records(
        [
            {
                "at": AT - timedelta(days=day),
                "customer_id": ["acme", "rival"][day % 2],
                "model": f"openai/model-{day % 9}",
                "cost_usd": Decimal(day) + Decimal("0.000000000001"),
                "saved_usd": Decimal("0.25"),
                "status": 502 if day % 5 == 0 else 200,
                "error_code": "upstream_failed" if day % 5 == 0 else None,
                "metadata": {"code": f"B-{day % 3}"},
            }
            for day in range(40)
        ]
    )


def table_of(page):
    return part(page, 'id="table"', "</table>")


def test_every_number_is_that_of_the_api(sign_in):
    page = text_of(sign_in().get(f"/explore/?{MONTH}&by=model"))
    summary = caller().get(f"usage/summary?{MONTH}&group_by=model").json()

    for group in summary["results"][:7]:
        assert row_of(table_of(page), group["model"])[0] == group["cost_usd"]
    assert row_of(table_of(page), "Total")[0] == summary["total"]["cost_usd"]


@pytest.mark.parametrize("measure", ["cost", "requests", "errors", "tokens", "saved"])
def test_the_bars_and_the_table_add_up_to_the_total(sign_in, measure):
    page = text_of(sign_in().get(f"/explore/?{MONTH}&by=model&measure={measure}&compare=none"))

    body = part(table_of(page), "<tbody>", "</tbody>")
    rows = [numbers_in(row)[0][0] for row in body.split("</tr>") if "<data" in row]

    total = Decimal(row_of(table_of(page), "Total")[0])
    assert sum(map(Decimal, rows)) == total
    assert sum(Decimal(cell) for cell in cells_of(page)) == total


def cells_of(page):
    return [
        each.partition('"')[0] for each in part(page, "<tbody>", "</tbody>").split('data-v="')[1:]
    ]


def test_causes_add_up_to_the_difference_of_the_totals(sign_in):
    page = text_of(sign_in().get(f"/explore/?{MONTH}&by=customer"))
    causes = part(page, 'id="causes"', "</table>")

    amounts = [Decimal(value) for value, _ in numbers_in(part(causes, "<tbody>", "</tbody>"))]
    spent, before, *_ = map(Decimal, row_of(table_of(page), "Total"))
    assert len(amounts) >= 6
    assert sum(amounts) == Decimal(row_of(causes, "Total")[0]) == spent - before
    assert 'id="causes"' not in text_of(sign_in("auditor").get(f"/explore/?{MONTH}&compare=none"))


def test_a_heat_map_has_a_cell_for_each_pair(sign_in):
    page = text_of(sign_in().get(f"/explore/?{MONTH}&by=model&then=customer"))

    heat = part(page, 'id="heat"', "</table>")
    assert "Acme Corp" in heat
    assert sum(1 for _ in numbers_in(heat)) > 10
    assert "customer=acme" in heat


@pytest.mark.parametrize(
    "query",
    [
        "by=metadata.code&then=customer",
        "by=customer&measure=latency_p95",
        "by=customer&measure=cost_per_request&view=stack",
        "by=status&view=table",
        "by=model&then=model&focus=openai/model-1",
        "each=hour&from=2026-10-20&to=2026-10-20",
        "each=hour&from=2020-01-01&to=2026-10-20",
        "period=2026-10&tz=Asia/Kolkata&each=hour",
        "compare=year",
    ],
)
def test_anything_can_be_asked(sign_in, query):
    assert text_of(sign_in().get(f"/explore/?{query}"))


def test_too_many_points_are_fewer_and_it_says_so(sign_in):
    page = text_of(sign_in().get("/explore/?each=hour&from=2023-11-01&to=2026-10-31"))

    assert "Shown by month" in page
    assert "26,304 points" in page


@pytest.mark.parametrize(
    "query", ["measure=x", "by=x", "then=x", "each=x", "view=x", "by=metadata.", "by=customer'"]
)
def test_what_is_not_there_is_refused_by_name(sign_in, query):
    answer = sign_in().get(f"/explore/?{query}")

    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.content.decode()


def test_percentiles_by_what_they_are_not_counted_by_are_refused(sign_in):
    answer = sign_in().get("/explore/?measure=latency_p50&by=virtual_key")

    assert answer.status_code == 400


def test_a_bound_member_explores_their_own(sign_in):
    page = text_of(sign_in("auditor", "rival").get(f"/explore/?{MONTH}&by=model&then=team"))

    assert "cme" not in page
    assert sign_in("finance", "rival").get("/explore/?by=customer").status_code == 400


@pytest.mark.parametrize("query", ["", "then=customer", "then=team&compare=none&by=virtual_key"])
def test_few_queries_make_it(sign_in, query):
    client = sign_in()
    client.get("/explore/")

    with few_queries(QUERIES_MAX):
        client.get(f"/explore/?{MONTH}&{query}")


def test_nothing_says_so(sign_in):
    assert "is nothing here" in text_of(sign_in().get("/explore/?period=2020-01&model=none"))
