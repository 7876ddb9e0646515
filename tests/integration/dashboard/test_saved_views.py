"""Views that members keep, share with their like, and open again; and files of what is seen."""

import io
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest

from tests import builders
from tests.integration.dashboard.reading import text_of

pytestmark = pytest.mark.usefixtures("database")

MONTH = "period=2026-10"
AT = datetime(2026, 10, 20, 12, tzinfo=UTC)
HOSTILE = '=HYPERLINK("https://evil.example")'


def save(client, name="Mine", query="period=this-month&model=a", **more):
    return client.post("/views/", {"name": name, "page": "explore", "query": query, **more})


def test_a_view_is_kept_and_leads_back_with_its_query(sign_in):
    client = sign_in()

    assert save(client, query="period=last-month&after=x&customer=<b>").status_code == 302

    assert "/explore/?period=last-month&amp;customer=%3Cb%3E" in text_of(client.get("/views/"))


def test_a_name_is_taken_once_and_a_page_must_exist(sign_in):
    client = sign_in()
    save(client)

    assert save(client).status_code == 422
    assert save(client, name=" ").status_code == 422
    assert client.post("/views/", {"name": "x", "page": "elsewhere"}).status_code == 422


def test_a_shared_view_is_seen_by_those_who_see_the_same_rows(sign_in):
    save(sign_in("finance"), name="Of all", is_shared="on")
    save(sign_in("finance", "acme"), name="Of acme", is_shared="on")

    assert "Of all" in text_of(sign_in("auditor").get("/views/"))
    acme = text_of(sign_in("auditor", "acme").get("/views/"))
    assert "Of acme" in acme
    assert "Of all" not in acme
    assert "Of" not in text_of(sign_in("auditor", "rival").get("/views/")).partition("<tbody>")[2]


def test_one_changes_and_deletes_ones_own_alone(sign_in):
    from controlplane.dashboard.models import SavedView

    mine, other = sign_in("finance"), sign_in("auditor")
    save(mine, is_shared="on")
    path = f"/views/{SavedView.objects.get().pk}/"

    assert other.post(path, {"delete": "1"}).status_code == 404
    assert mine.post(path, {"name": "Renamed"}).status_code == 302
    view = SavedView.objects.get()
    assert (view.name, view.is_shared) == ("Renamed", False)
    mine.post(path, {"delete": "1"})
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("page", ["/", "/explore/"])
def test_what_is_seen_is_a_file_with_its_span_and_filter(sign_in, page):
    builders.customer("acme", name=HOSTILE)
    builders.usage_record(at=AT, cost_usd=Decimal("0.000000000123"))

    client = sign_in()
    client.cookies["numbers"] = "dot"
    answer = client.get(f"{page}?{MONTH}&by=customer&customer=acme&export=csv")

    lines = answer.content.decode().splitlines()
    assert lines[0].endswith("from,to,time_zone,filter")
    assert lines[1].startswith("acme,\"'=HYPERLINK")
    assert "0.000000000123" in lines[1]
    assert lines[1].endswith("2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,UTC,Customer: acme")
    assert "Total" in lines[-1]


def test_a_workbook_holds_numbers_as_numbers_and_no_formula(sign_in):
    builders.customer("acme", name=HOSTILE)
    builders.usage_record(at=AT, cost_usd=Decimal("12.5"))

    answer = sign_in().get(f"/?{MONTH}&export=xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    row = list(next(sheet.iter_rows(min_row=2, max_row=2)))
    assert [cell.data_type for cell in row[:3]] == ["s", "s", "n"]
    assert row[1].value == HOSTILE
    assert row[2].value == 12.5


def test_there_is_no_other_kind_of_file(sign_in):
    assert sign_in().get("/?export=exe").status_code == 400
