"""Bills and questions about the past as pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import builders
from tests.integration.dashboard.reading import few_queries, text_of

pytestmark = pytest.mark.usefixtures("database")

COSTS = (
    "start_time,end_time,amount_value,amount_currency,line_item\n"
    '1790812800,1,3.85,usd,"gpt-4o-2024-08-06, input"\n'
    '1790812800,1,nothing,usd,"gpt-4o-2024-08-06, output"\n'
)


@pytest.fixture
def far(database):
    from tests.integration.reconciliation.bills import booked_days

    return booked_days()


def upload(client, content: str = COSTS):
    file = SimpleUploadedFile("costs.csv", content.encode())
    return client.post("/reconciliation/", {"provider": "far", "format": "auto", "file": file})


@pytest.mark.usefixtures("far")
def test_finance_loads_a_bill_and_reads_why_it_differs(sign_in):
    client = sign_in("finance")

    loaded = upload(client)
    assert loaded.status_code == 302, loaded.content
    with few_queries():
        page = text_of(client.get(loaded["Location"]))
    assert "Why they differ" in page
    assert "Unproven" in page
    assert "Row 3: " in page
    assert "/requests/?" in page
    with few_queries():
        assert loaded["Location"] in text_of(client.get("/reconciliation/"))
    assert client.post(loaded["Location"], {"act": "again"}).status_code == 302
    assert client.post(loaded["Location"], {"act": "delete"})["Location"] == "/reconciliation/"


@pytest.mark.usefixtures("far")
def test_what_is_wrong_with_a_file_is_said_and_others_load_none(sign_in):
    wrong = upload(sign_in("finance"), "a,b\n1,2\n")

    assert wrong.status_code == 422
    assert "map them" in wrong.content.decode()
    assert upload(sign_in("engineer")).status_code == 403
    bound = sign_in("admin", "acme")
    assert bound.get("/reconciliation/").status_code == 404
    assert "Reconciliation" not in text_of(bound.get("/"))


@pytest.mark.usefixtures("far")
def test_a_question_is_asked_by_a_form_and_answered_in_words(sign_in):
    client = sign_in("finance")
    builders.usage_record(model="far/gpt-4o", provider="far", price_id="far@1970-01-01")
    form = {"period": "30d", "model": "far/gpt-4o", "input_usd_per_mtok": "1.00"}

    assert client.post("/what-if/", {"period": "30d"}).status_code == 422
    assert client.post("/what-if/", {**form, "input_usd_per_mtok": "x"}).status_code == 422
    asked = client.post("/what-if/", form)
    assert asked.status_code == 302, asked.content
    with few_queries():
        page = text_of(client.get(asked["Location"]))
    assert "would have cost" in page
    assert "What this takes for granted" in page
    with few_queries():
        assert asked["Location"] in text_of(client.get("/what-if/"))
