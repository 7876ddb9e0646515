"""Files of many requests: made by a task, for their owner alone, with what the owner may see."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from controlplane.dashboard.background import files, making
from controlplane.dashboard.background.files import forget_files
from controlplane.dashboard.background.making import make_files
from controlplane.dashboard.models import ExportChunk, ExportFile
from tests import builders
from tests.answers import text_of as whole_of
from tests.integration.dashboard.reading import few_queries, text_of
from tests.personas import caller

AT = datetime(2026, 10, 20, 12, tzinfo=UTC)
OCTOBER = "period=2026-10"
HOSTILE = '=HYPERLINK("https://evil.example")'


@pytest.fixture(autouse=True)
def october(database, monkeypatch):
    monkeypatch.setattr("controlplane.dashboard.views.requests.FROM_ROWS", 3)
    monkeypatch.setattr(making, "CHUNK_BYTES", 300)
    for customer in ("acme", "rival"):
        builders.customer(customer)
    builders.usage_records(
        [
            {
                "at": AT + timedelta(minutes=number),
                "customer_id": ["acme", "rival"][number % 2],
                "metadata": {"code": HOSTILE},
                "model_requested": HOSTILE,
                "cost_usd": Decimal(number),
            }
            for number in range(10)
        ]
    )


def ask(client, kind="csv", query=OCTOBER):
    return client.post("/exports/", {"kind": kind, "query": query})


def test_many_requests_are_made_a_file_that_is_the_apis(sign_in):
    client = sign_in()
    assert 'action="/exports/"' in text_of(client.get(f"/requests/?{OCTOBER}"))

    assert ask(client).status_code == 302
    assert "begins within a minute" in text_of(client.get("/exports/"))
    assert make_files() == 1

    assert 'hx-get="/exports/ready/"' in text_of(client.get("/"))
    page = text_of(client.get("/exports/ready/"))
    file = ExportFile.objects.get()
    assert f'href="/exports/{file.pk}/"' in page
    made = whole_of(client.get(f"/exports/{file.pk}/"))
    assert made == whole_of(caller().get(f"usage/export?{OCTOBER}"))
    assert f"'{HOSTILE[:10]}" in made
    assert file.parts > 3
    assert "is ready" not in text_of(client.get("/exports/ready/"))
    assert "/exports/ready/" not in text_of(client.get("/"))
    with few_queries():
        client.get("/exports/")


def test_a_file_is_its_owners_alone_and_goes(sign_in):
    client, other = sign_in(), sign_in("finance")
    ask(client)
    make_files()
    path = f"/exports/{ExportFile.objects.get().pk}/"

    assert other.get(path).status_code == other.post(path).status_code == 404
    assert "CSV" not in text_of(other.get("/exports/")).partition("<tbody>")[2]
    assert client.post(path).status_code == 302
    assert not ExportChunk.objects.exists()


def test_a_bound_member_has_a_file_of_their_own_requests(sign_in):
    client = sign_in("finance", "rival")
    ask(client, query="period=2026-10&customer=acme")
    ask(client)
    make_files()

    of_acme, own = ExportFile.objects.order_by("created_at")
    assert "acme" not in whole_of(client.get(f"/exports/{own.pk}/"))
    assert of_acme.rows_done == 0
    assert own.rows_done == 5


def test_whoever_is_bound_to_something_else_by_then_gets_none(sign_in):
    client = sign_in()
    ask(client)
    file = ExportFile.objects.get()
    type(file.owner).objects.update(customer_id="rival")

    assert make_files() == 0
    assert ExportFile.objects.get().error.startswith("What you may see has changed")
    assert client.get(f"/exports/{file.pk}/").status_code == 404


@pytest.mark.parametrize("kind", ["xlsx", "focus"])
def test_a_file_whose_task_died_is_begun_anew(sign_in, kind):
    ask(sign_in(), kind)
    file = ExportFile.objects.get()
    ExportChunk.objects.create(file=file, number=0, content=b"half of it")
    ExportFile.objects.update(seen_at=datetime.now(UTC) - timedelta(hours=1), attempt=1)

    assert make_files() == 1
    file.attempt = 1
    with pytest.raises(making.Gone):
        making._write(file, making._records_of(file))
    assert b"half" not in bytes(ExportChunk.objects.filter(number=0).get().content)


def test_what_cannot_be_a_file_is_said_and_what_is_old_goes(sign_in, monkeypatch):
    client = sign_in()
    assert ask(client, "exe").status_code == ask(client, query="period=x").status_code == 422
    for _ in range(files.FILES_MAX):
        ask(client)
    assert "delete one first" in ask(client).content.decode()
    monkeypatch.setattr(making, "BYTES_MAX", 500)
    make_files()
    assert "over 512 MB" in text_of(client.get("/exports/"))
    assert forget_files(datetime.now(UTC) + timedelta(days=4)) >= files.FILES_MAX
    monkeypatch.setattr(files, "ROWS_MAX", 5)
    assert "holds 5" in ask(client).content.decode()
