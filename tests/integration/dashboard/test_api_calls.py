"""What a page offers as a call of the API is understood there, and has what the page shows."""

from datetime import UTC, datetime
from decimal import Decimal

from django.test import Client

from tests import builders
from tests.integration.dashboard.reading import part, row_of, text_of

AT = datetime(2026, 10, 20, 12, tzinfo=UTC)
OCTOBER = "period=2026-10"
PAGES = (
    f"/?{OCTOBER}&by=model&customer=acme",
    f"/explore/?{OCTOBER}&by=virtual_key&then=model&view=table&open=x",
    f"/models/?{OCTOBER}",
    f"/requests/?{OCTOBER}&model=openai/gpt-4o",
    "/requests/?from=2026-10-31&to=2026-10-01",
    "/requests/?from=2026-10-20T10:00&to=2026-10-20T14:00&tz=Europe/Berlin",
    "/requests/{record}/",
    "/budgets/?state=short&customer=acme",
    "/statements/?customer=acme",
    "/statements/rates/",
    "/providers/",
    "/prices/?model=openai/gpt-4o",
    "/customers/?q=a",
    "/customers/acme/",
    "/teams/?customer=acme",
    "/keys/?customer=acme&state=expired",
    "/keys/vk-1/",
    "/alerts/?kind=over&customer=acme",
    "/audit/?resource=customers&from=2026-10-01",
)


def offered(client, page):
    return part(text_of(client.get(page)), 'data-path="', '"').replace("&amp;", "&")


def test_every_call_that_is_offered_is_answered(sign_in):
    builders.virtual_key("vk-1")
    record = builders.usage_record(at=AT, cost_usd=Decimal("1.25"))
    client: Client = sign_in()

    for page in PAGES:
        path = offered(client, page.format(record=record))
        assert path.startswith("/api/v1/"), page
        assert client.get(path).status_code == 200, (page, path)


def test_a_call_has_the_sums_that_the_page_shows(sign_in):
    builders.usage_record(at=AT, cost_usd=Decimal("1.250000000001"))
    client = sign_in()
    page = f"/explore/?{OCTOBER}&by=model"

    answer = client.get(offered(client, page)).json()

    table = part(text_of(client.get(page)), 'id="table"', "</table>")
    assert row_of(table, "Total")[0] == answer["total"]["cost_usd"] == "1.250000000001"


def test_what_the_api_cannot_choose_by_is_said(sign_in):
    client = sign_in()

    assert "Without q, state" in text_of(client.get("/keys/?q=a&state=expired"))
    assert offered(client, "/explore/?measure=latency_p50&by=model") == ""
    assert client.get("/requests/?sort=x").status_code == 400
