"""Bills over the network: loaded once, read by whoever is not bound, bounded in size."""

import pytest

from controlplane.api import invoices
from controlplane.audit.models import AuditEvent
from tests.integration.reconciliation.bills import AGREEING, MAPPING, bill
from tests.personas import caller

CONTENT = bill(*AGREEING[:2], "2026-10-03,gpt-4o,3.85,1000000,100000")
UPLOAD = "invoices?provider=far&file_name=bill.csv" + "".join(
    f"&map={field}%3D{column}" for field, column in MAPPING.items()
)


def upload(who, content: bytes = CONTENT, path: str = UPLOAD):
    return who.send("post", path, content, content_type="text/csv")


@pytest.mark.usefixtures("far")
def test_a_bill_is_loaded_listed_and_explained_by_day_and_model():
    finance = caller("finance")

    made = upload(finance)
    again = upload(finance)

    assert (made.status_code, again.status_code) == (201, 200), made.content
    id = made.json()["id"]
    assert again.json()["id"] == id
    assert [each["id"] for each in finance.get("invoices").json()["results"]] == [id]
    whole = finance.get(f"invoices/{id}").json()
    assert (whole["difference_usd"], whole["causes"]) == ("0.35", {"price_drift": "0.35"})
    differing = [each for each in whole["differences"] if each["causes"]]
    assert [(each["day"], each["model"]) for each in differing] == [("2026-10-03", "far/gpt-4o")]
    assert finance.post(f"invoices/{id}/reconcile").status_code == 200
    assert finance.delete(f"invoices/{id}").status_code == 204
    events = AuditEvent.objects.filter(resource="invoices").order_by("id")
    assert [event.action for event in events] == ["create", "delete"]


@pytest.mark.usefixtures("far")
def test_who_is_bound_sees_no_bill_and_who_may_not_write_loads_none():
    id = upload(caller("admin")).json()["id"]

    bound = caller("admin", "acme")
    assert upload(bound).status_code == 403
    assert bound.get("invoices").status_code == 403
    assert bound.get(f"invoices/{id}").status_code == 403
    assert upload(caller("engineer")).status_code == 403
    assert caller("auditor").get(f"invoices/{id}").status_code == 200


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize(
    ("path", "content", "status", "says"),
    [
        ("invoices", CONTENT, 400, "provider"),
        ("invoices?provider=near", CONTENT, 400, "no such provider"),
        ("invoices?provider=far&format=x", CONTENT, 400, "format"),
        ("invoices?provider=far&map=x", CONTENT, 400, "NAME=VALUE"),
        ("invoices?provider=far", CONTENT, 400, "map them"),
        (UPLOAD, b"", 400, "empty"),
        (UPLOAD, b"\xff\xfe", 400, "UTF-8"),
        (UPLOAD, b"x" * 2000, 413, "manage.py reconcile"),
    ],
)
def test_bad_uploads_are_named(monkeypatch, path, content, status, says):
    monkeypatch.setattr(invoices, "UPLOAD_BYTES_MAX", 1000)

    answer = upload(caller("finance"), content, path)

    assert (answer.status_code, says in answer.json()["error"]["message"]) == (status, True), (
        answer.content
    )
