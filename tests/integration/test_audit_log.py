"""The audit log: every change by any door, with who, when, from where, and from what to what."""

import asyncio
import csv
import io
import json

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client

from controlplane.accounts.models import Customer, Member
from controlplane.audit.models import AuditEvent
from controlplane.celery import app as celery_app
from controlplane.keys.models import VirtualKey
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")

SECRET = "sk-pur-a-secret-that-nobody-may-see-in-a-log"
CREDENTIAL = {"api_key": "sk-provider-secret-0123456789"}


def events(**filters):
    return list(AuditEvent.objects.filter(**filters).order_by("id"))


def test_a_change_by_the_api_names_the_token_and_what_changed(alice):
    alice.make("customers", id="acme", name="Acme")

    alice.patch("customers/acme", {"name": "Acme Corp", "timezone": "Europe/Berlin"})

    created, changed = events(resource="customers")
    assert (created.action, changed.action) == ("create", "update")
    assert changed.changes == {
        "name": ["Acme", "Acme Corp"],
        "timezone": ["UTC", "Europe/Berlin"],
    }
    assert changed.actor.startswith("token ")
    assert (changed.door, changed.address) == ("api", "127.0.0.1")
    assert (changed.object_id, changed.customer_id) == ("acme", "acme")


def test_what_is_refused_is_not_in_the_log(alice):
    alice.make("customers", id="acme")
    before = len(events())

    assert alice.post("customers", {"id": "acme"}).status_code == 409
    assert alice.patch("customers/acme", {"currency": "gold"}).status_code == 400

    assert len(events()) == before


def test_writing_what_is_there_already_is_no_change(alice):
    alice.make("customers", id="acme", name="Acme")
    before = len(events())

    assert alice.patch("customers/acme", {"name": "Acme"}).status_code == 200

    assert len(events()) == before


def test_secrets_are_never_in_the_log(alice):
    alice.make("customers", id="acme")
    alice.make("providers", id="openai", kind="openai", credential=CREDENTIAL)
    alice.make("virtual-keys", id="vk", customer="acme", secret=SECRET)
    alice.patch("providers/openai", {"credential": {"api_key": "sk-another-secret-9876543210"}})
    alice.post("virtual-keys/vk/rotate", {"grace_seconds": 0})

    told = json.dumps([event.changes for event in events()])

    hashes = [row.secret_hash for row in VirtualKey.objects.get().secrets.all()]
    assert not [secret for secret in (SECRET, *CREDENTIAL.values(), *hashes) if secret in told]
    [changed] = events(resource="providers", action="update")
    assert changed.changes == {"credential_sealed": ["(secret)", "(secret)"]}
    assert len(events(resource="virtual-key-secrets", action="create")) == 2


def test_budgets_and_keys_belong_to_their_customer(alice):
    alice.make("customers", id="acme")
    alice.make("teams", id="research", customer="acme")
    alice.make("virtual-keys", id="vk", customer="acme", team="research")
    for owner_type, owner in (("customer", "acme"), ("team", "research"), ("virtual_key", "vk")):
        alice.make("budgets", owner_type=owner_type, owner=owner, limit_usd="1")

    assert {event.customer_id for event in events(door="api")} == {"acme"}


def test_a_change_by_the_admin_names_the_member():
    member = Member.objects.create_superuser("anna", password="a-long-pass-word-1")
    client = Client(SERVER_NAME="localhost")
    client.force_login(member)

    answer = client.post(
        "/admin/accounts/customer/add/",
        {"id": "acme", "name": "", "currency": "USD", "timezone": "UTC", "metadata": "{}"},
    )

    assert answer.status_code == 302, answer.content
    [event] = events(resource="customers")
    assert (event.actor, event.door) == ("member anna", "admin")


def test_a_task_acts_in_its_own_name():
    @celery_app.task(name="tests.close_acme")
    def close_acme():
        Customer.objects.filter(id="acme").update(is_active=False)

    Customer.objects.create(id="acme")

    close_acme()

    [event] = events(action="update")
    assert (event.actor, event.door) == ("task close_acme", "task")
    assert event.changes == {"is_active": [True, False]}


def test_a_command_acts_in_its_own_name(monkeypatch):
    with monkeypatch.context() as started:
        started.setattr("sys.argv", ["/srv/manage.py", "create_token", "ci"])
        connection.close()
        call_command("create_token", "ci", "--role", "auditor")
        connection.close()

    [event] = events(resource="tokens")
    assert event.door == "command"
    assert event.actor.endswith(": manage.py create_token")


def test_a_change_past_all_doors_names_the_database_user(database_url):
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "INSERT INTO accounts_customer (id, name, metadata, currency, timezone, is_active,"
            " created_at, updated_at) VALUES ('acme', '', '{}', 'USD', 'UTC', true, now(), now())"
        )

    [event] = events(resource="customers")
    assert (event.actor, event.door) == ("database user postgres", "database")


def test_an_actor_does_not_outlive_the_request(alice):
    alice.make("customers", id="acme")

    Customer.objects.filter(id="acme").update(name="Past all doors")

    assert events()[-1].door == "database"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET actor = 'somebody else'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
    ],
)
def test_nothing_in_the_log_can_be_changed(statement, alice):
    alice.make("customers", id="acme")

    with pytest.raises(DatabaseError, match="can only be added to"), connection.cursor() as cursor:
        cursor.execute(statement)

    assert len(events(resource="customers")) == 1


def test_the_log_is_read_newest_first_in_pages(alice):
    for number in range(5):
        alice.make("customers", id=f"c{number}")

    page = alice.get("audit-log", resource="customers", limit=2).json()
    following = alice.follow(page["next"]).json()

    seen = [event["object_id"] for event in (*page["results"], *following["results"])]
    assert seen == ["c4", "c3", "c2", "c1"]


def test_the_log_is_filtered(alice):
    alice.make("customers", id="acme")
    alice.make("customers", id="rival")
    alice.make("teams", id="research", customer="acme")

    def ids(**filters):
        return {event["object_id"] for event in alice.get("audit-log", **filters).json()["results"]}

    assert ids(customer="acme", resource="customers") == {"acme"}
    assert ids(object_id="research") == {"research"}
    assert ids(resource="teams", action="delete") == set()
    assert ids(**{"from": "2999-01-01T00:00:00Z"}) == set()
    assert ids(door="api", to="2999-01-01T00:00:00Z") == {"acme", "rival", "research"}


def test_whoever_is_bound_sees_the_changes_of_their_customer_alone(alice):
    alice.make("customers", id="acme")
    alice.make("providers", id="openai", kind="openai")
    mallory = caller("auditor", "rival")

    seen = mallory.get("audit-log").json()["results"]

    assert {event["customer"] for event in seen} == {"rival"}
    hidden = events(object_id="acme")[0].id
    assert mallory.get(f"audit-log/{hidden}").status_code == 404


@pytest.mark.parametrize(
    ("role", "sees"), [("admin", True), ("auditor", True), ("engineer", False), ("finance", False)]
)
def test_changes_of_tokens_are_for_administrators_and_auditors(role, sees):
    someone = caller(role)

    seen = someone.get("audit-log", resource="tokens").json()["results"]

    assert bool(seen) is sees


def test_the_log_is_exported_without_formulas(alice):
    alice.make("customers", id="acme", name="=HYPERLINK(1)")

    answer = alice.get("audit-log/export", resource="customers")

    [row] = csv.DictReader(io.StringIO(asyncio.run(_read(answer)).decode()))
    assert row["object_id"] == "acme"
    assert json.loads(row["changes"])["name"] == [None, "=HYPERLINK(1)"]


async def _read(answer):
    return b"".join([chunk async for chunk in answer.streaming_content])


def test_nobody_writes_the_log(alice):
    assert alice.post("audit-log", {}).status_code == 403
    assert alice.delete("audit-log/1").status_code == 403
