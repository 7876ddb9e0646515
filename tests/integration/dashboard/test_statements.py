"""Statements as pages: what is billed, whether it agrees, and what corrects it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests import builders
from tests.integration.dashboard.reading import few_queries, numbers_in, part, row_of, text_of
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime.now(UTC)
LAST = (NOW.replace(day=1) - timedelta(days=1)).replace(hour=12, minute=0)
MONTH = f"{LAST:%Y-%m}"
ID = f"acme-{MONTH}"
PAGE = f"/statements/{ID}/"
CLOSE = f"/statements/close/?customer=acme&month={MONTH}"


@pytest.fixture
def last_month(database):
    """Acme's last month, closed; and one of a rival that waits for a rate."""
    builders.customer("acme", name="Acme Corp")
    builders.customer("rival", name="Rival Ltd", currency="EUR")
    builders.usage_records(
        [
            {"at": LAST, "cost_usd": Decimal("412.345678")},
            {"at": LAST, "customer_id": "rival", "cost_usd": Decimal(7)},
        ]
    )


@pytest.fixture
def closed(last_month):
    return caller().make("statements", customer="acme", month=MONTH)


@pytest.mark.usefixtures("closed")
def test_the_months_say_what_the_api_says(sign_in):
    page = text_of(sign_in().get("/statements/"))

    assert "412.345678" in row_of(page, "Acme Corp")
    assert "agrees with the ledger" in page
    assert "waits for a rate" in page
    assert "The closed month agrees with the ledger." in " ".join(page.split())


@pytest.mark.usefixtures("closed")
def test_months_and_a_statement_are_files_of_what_is_seen(sign_in):
    client = sign_in()
    months = client.get("/statements/?export=csv").content.decode().splitlines()
    lines = client.get(f"{PAGE}?export=csv").content.decode().splitlines()

    assert f"acme,Acme Corp,{MONTH},closed,412.345678,0.00,{ID}" in months[1]
    assert lines[0].startswith("by,id,name,provider,requests")
    assert [line.split(",")[0] for line in lines[1:]] == ["team", "virtual_key", "model"]
    assert all("412.345678" in line and line.endswith("UTC") for line in lines[1:])


@pytest.mark.usefixtures("closed")
def test_a_statement_shows_all_that_is_frozen(sign_in):
    shown = caller().get(f"statements/{ID}").json()
    page = text_of(sign_in().get(PAGE))

    assert numbers_in(part(page, "verdict-number", "</p>")) == [(shown["amount_due"], "$412.35")]
    assert shown["content_hash"] in page
    assert "It agrees with the ledger." in page
    assert row_of(page, "Total")[-1] == shown["total_usd"]
    for kind in ("csv", "xlsx", "focus"):
        url = part(page, "/api/v1/usage/export", '"').replace("&amp;", "&")
        assert url.startswith("?customer=acme&from=")
        assert f"format={kind}" in page


@pytest.mark.usefixtures("closed")
def test_the_files_open_with_the_session_of_the_page(sign_in):
    client = sign_in("finance")
    page = text_of(client.get(PAGE)).replace("&amp;", "&")

    export = client.get("/api/v1/usage/export" + part(page, "/api/v1/usage/export", '"'))
    assert (export.status_code, export["Content-Type"][:8]) == (200, "text/csv")
    assert client.get(f"/api/v1/statements/{ID}/pdf").content.startswith(b"%PDF")


@pytest.mark.usefixtures("closed")
def test_usage_that_came_late_is_said_on_both_pages(sign_in):
    builders.usage_record(at=LAST, cost_usd=Decimal("0.25"))
    client = sign_in()

    assert numbers_in(part(text_of(client.get(PAGE)), 'id="check"', "</div>"))[0][0] == "0.25"
    months = text_of(client.get("/statements/"))
    assert "1 of 1 closed months" in months
    assert 'class="differs"' in months


@pytest.mark.usefixtures("closed")
def test_finance_adds_an_adjustment_and_the_amount_due_follows(sign_in):
    client = sign_in("finance")

    wrong = client.post(PAGE, {"kind": "credit", "amount": "12", "reason": ""})
    assert wrong.status_code == 422
    assert 'value="12"' in wrong.content.decode()
    client.post(PAGE, {"kind": "credit", "amount": "12.00", "reason": "Outage of 4 October"})

    shown = caller().get(f"statements/{ID}").json()
    assert shown["adjusted_usd"] == "400.345678"
    page = text_of(client.get(PAGE))
    assert "Outage of 4 October" in page
    assert numbers_in(part(page, "verdict-number", "</p>")) == [("400.35", "$400.35")]


@pytest.mark.usefixtures("last_month")
def test_a_month_is_closed_by_typing_its_name(sign_in):
    client = sign_in("finance")

    assert "412.345678" in text_of(client.get(CLOSE))
    assert client.post(CLOSE, {"name": "acme"}).status_code == 422
    assert caller().get(f"statements/{ID}").status_code == 404
    assert client.post(CLOSE, {"name": f"acme {MONTH}"})["Location"] == PAGE
    assert caller().get(f"statements/{ID}").json()["closed_by"] == "member finance-all"


@pytest.mark.usefixtures("last_month")
def test_a_rate_is_added_and_the_month_may_be_closed(sign_in):
    client = sign_in("finance")
    rate = {"currency": "eur", "valid_from": f"{LAST:%Y-%m}-01", "per_usd": "0.92"}

    assert client.post("/statements/rates/", {**rate, "per_usd": "NaN"}).status_code == 422
    assert client.post("/statements/rates/", {**rate, "currency": "E<"}).status_code == 422
    assert client.post("/statements/rates/", rate).status_code == 302
    assert "0.92" in text_of(client.get("/statements/rates/"))
    assert "waits for a rate" not in text_of(client.get("/statements/"))
    closing = f"/statements/close/?customer=rival&month={MONTH}"
    client.post(closing, {"name": f"rival {MONTH}"})
    assert "6.44 EUR" in text_of(client.get(f"/statements/rival-{MONTH}/"))


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("who", [("engineer", None), ("auditor", None), ("finance", "acme")])
def test_who_may_not_write_reads_one_line_instead(sign_in, who):
    client = sign_in(*who)

    page = text_of(client.get(PAGE))
    assert "adjusted by finance and administrators" in page
    assert "Add the adjustment" not in page
    answer = client.post(PAGE, {"kind": "credit", "amount": "1", "reason": "x"})
    assert answer.status_code == 400
    assert caller().get(f"statements/{ID}").json()["adjustments"] == []
    assert client.post("/statements/rates/", {"currency": "EUR"}).status_code == 400


@pytest.mark.usefixtures("closed")
def test_a_bound_member_sees_their_own_alone(sign_in):
    client = sign_in("finance", "rival")

    assert "cme" not in text_of(client.get("/statements/"))
    for path in (PAGE, CLOSE, "/statements/rival-2001-01/"):
        assert client.get(path).status_code == 404
    assert client.get("/statements/close/?customer=rival&month=x").status_code == 400


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("path", ["/statements/", PAGE, "/statements/rates/", CLOSE])
def test_few_queries_make_a_page(sign_in, path):
    client = sign_in()
    client.get(path)

    with few_queries():
        client.get(path)
