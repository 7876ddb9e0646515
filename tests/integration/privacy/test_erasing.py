"""A customer is erased; the books and everybody else stay as they were."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from controlplane.accounts.members import create_member
from controlplane.accounts.models import ApiToken, Customer, Member
from controlplane.audit.actors import Actor, acting_as
from controlplane.audit.models import AuditEvent
from controlplane.metadata_rules.models import MetadataRule
from controlplane.metadata_rules.services import create_rule
from controlplane.privacy import services as privacy
from controlplane.privacy.models import Erasure
from controlplane.privacy.services import carry_out, carry_out_erasures, request_erasure
from controlplane.usage import services as usage
from controlplane.usage.models import UsageRecord
from tests import builders
from tests.integration.test_usage_summary import costs, summary
from tests.personas import refusal

pytestmark = pytest.mark.usefixtures("database")

SECRET = "Marlene"
NETWORK = "198.51.100.0/24"
ONE, OTHER = {"model": "a"}, {"model": "b"}
ENDS = (
    {},
    {"attempts": [ONE, ONE]},
    {"attempts": [ONE, OTHER]},
    {"attempts": [], "status": 429, "error_code": "budget_exceeded"},
    {"attempts": [], "status": 429, "error_code": "tokens_per_minute"},
    {"attempts": [ONE], "status": 502, "error_code": "upstream_failed"},
)
LONG_AGO = timezone.now() - timedelta(days=3)


def furnish(customer_id, word=SECRET):
    """A customer whose every personal field says the word."""
    told = {"name": f"{word} Inc.", "metadata": {"contact": word}}
    customer = Customer.objects.create(id=customer_id, **told)
    builders.team(f"{customer_id}-team", customer_id=customer_id, **told)
    key = builders.virtual_key(f"{customer_id}-key", customer_id=customer_id, **told)
    builders.budget(f"{customer_id}-month", customer_id=customer_id, **told)
    ApiToken.objects.create(
        id=f"{customer_id}-t", name=word, role="admin", customer=customer, secret_hash=customer_id
    )
    seen = {"first_seen_at": LONG_AGO, "last_seen_at": LONG_AGO}
    network = {"virtual_key_id": key.id, "network": NETWORK, **seen}
    builders.insert("keys_keynetwork", network, returning="network")
    with acting_as(Actor(f"member {word}-{customer_id}", "admin", "192.0.2.7")):
        create_member(
            username=f"{word}-{customer_id}",
            email=f"{word}@example.com",
            first_name=word,
            customer=customer,
        )
        create_rule(customer=customer, key="code", allowed_values=[word], renames={word: "M."})
        Customer.objects.filter(pk=customer_id).update(name=f"{word} GmbH")
    spend(customer_id, key.id, word)
    return customer


def spend(customer_id, key_id, word, *, at=LONG_AGO, number=40):
    builders.usage_records(
        [
            {
                "customer_id": customer_id,
                "virtual_key_id": key_id,
                "at": at + timedelta(minutes=7 * n),
                "metadata": {"code": f"{word}-{n % 3}", "trace": f"{word}-{n}"},
                "cost_usd": Decimal(n).scaleb(-6),
                "model_requested": f"for {word}" if n % 5 == 0 else "gpt-4o",
                "provider": None if n % 5 == 0 else "openai",
                **ENDS[n % len(ENDS)],
            }
            for n in range(number)
        ]
    )


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """No request is under way."""
    monkeypatch.setattr(privacy, "IN_FORCE", timedelta(0))


def erase(customer):
    erasure = request_erasure(customer=customer, confirm=customer.id, actor="member root")
    return carry_out(erasure)


def everything():
    """All rows of all tables, as text, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
        )
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            found[table] = cursor.fetchone()[0]
    return found


def test_no_table_says_the_word_any_more_and_the_books_are_whole():
    customer = furnish("acme")
    before = summary("day,model,virtual_key", tz="Asia/Kolkata")

    erasure = erase(customer)

    assert [t for t, rows in everything().items() if SECRET in rows or NETWORK in rows] == []
    assert usage.verify_books() == []
    assert summary("day,model,virtual_key", tz="Asia/Kolkata") == before
    assert erasure.counts["usage"] == 40
    assert Customer.objects.get().is_active, "it is erased, not switched off"


def test_another_customer_is_untouched():
    furnish("acme")
    rival = furnish("rival", "Robert")
    before = everything()

    erase(Customer.objects.get(pk="acme"))

    def about_rival(rows):
        return sorted(line for line in rows.splitlines() if "rival" in line or "Robert" in line)

    after = everything()
    for table, rows in before.items():
        assert about_rival(after[table]) == about_rival(rows), table
    assert costs(summary("metadata.code", customer=rival.id))


def test_twice_changes_nothing_more_and_asked_again_meanwhile_is_the_same():
    customer = furnish("acme")
    asked = request_erasure(customer=customer, confirm="acme", actor="member root")
    assert request_erasure(customer=customer, confirm="acme", actor="x").id == asked.id
    assert carry_out_erasures() == 1
    assert carry_out_erasures() == 0

    counts = erase(customer).counts

    assert {name: n for name, n in counts.items() if n and name != "audit-log"} == {"members": 1}
    assert usage.verify_books() == []


def test_people_cannot_sign_in_and_the_log_says_what_happened_but_not_who():
    erase(furnish("acme"))

    member = Member.objects.get()
    assert (member.is_active, member.has_usable_password(), member.email) == (False, False, "")
    made = AuditEvent.objects.get(resource="members", action="create")
    assert (made.actor, made.address, made.object_id) == ("member (erased)", None, "(erased)")
    assert made.changes["email"] == [None, "(erased)"]
    assert made.changes["role"] == [None, "auditor"]
    asked = AuditEvent.objects.get(resource="erasures", action="create")
    assert asked.changes["actor"] == [None, "member root"]


def test_what_was_folded_and_what_comes_after_is_exact(monkeypatch):
    monkeypatch.setattr(usage, "METADATA_OBJECTS_MAX", 10)
    customer = furnish("acme")
    usage.fold_metadata()
    spend("acme", "acme-key", SECRET, at=LONG_AGO + timedelta(minutes=3))

    erase(customer)
    spend("acme", "acme-key", "new", at=timezone.now() + timedelta(seconds=1), number=6)

    assert usage.verify_books() == []
    found = costs(summary("metadata.code"))
    assert set(found) == {(None,), ("new-0",), ("new-1",), ("new-2",)}
    assert sum(found.values()) == summary().total.cost_usd


def test_the_log_takes_no_other_change_and_an_erasure_stays_on_record():
    customer = furnish("acme")
    erasure = erase(customer)

    for statement in (
        "UPDATE audit_auditevent SET changes = '{}'",
        f"SELECT set_config('purser.erasure', '{erasure.id}', true);"
        "UPDATE audit_auditevent SET changes = '{}'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
        "DELETE FROM privacy_erasure",
    ):
        with pytest.raises(DatabaseError, match=r"added to|on record"), transaction.atomic():
            builders.execute(statement)
    open_one = Erasure.objects.create(customer_id="acme", at=timezone.now(), actor="x")
    named = f"SELECT set_config('purser.erasure', '{open_one.id}', true);"
    with pytest.raises(DatabaseError, match="added to"), transaction.atomic():
        builders.execute(f"{named} UPDATE audit_auditevent SET action = 'delete'")


def test_the_id_has_to_be_repeated_and_only_the_installations_administrators_ask(alice, mallory):
    furnish("acme")

    assert "confirm" in refusal(alice.post("customers/acme/erase", {"confirm": "ACME"}))["fields"]
    assert mallory.post("customers/acme/erase", {"confirm": "acme"}).status_code == 403
    answer = alice.post("customers/acme/erase", {"confirm": "acme"})

    assert answer.status_code == 202
    assert answer.json()["completed_at"] is None
    assert carry_out_erasures() == 1
    shown = alice.get(f"erasures/{answer.json()['id']}").json()
    assert shown["completed_at"] is not None
    assert shown["counts"]["usage"] == 40
    assert alice.get("erasures/nonsense").status_code == 404
    assert mallory.get("erasures").json()["results"] == []


def test_the_command_asks_for_the_id_twice(capsys):
    furnish("acme")

    with pytest.raises(CommandError, match="repeat"):
        call_command("erase_customer", "acme", confirm="other")
    with pytest.raises(CommandError, match="no customer"):
        call_command("erase_customer", "nobody", confirm="nobody")
    call_command("erase_customer", "acme", confirm="acme")

    assert json.loads(capsys.readouterr().out)["usage"] == 40
    assert not MetadataRule.objects.exists()


def test_a_kept_answer_that_names_the_customer_is_not_told_again(alice):
    alice.make("customers", id="acme", name="x")
    told = {"id": "rival", "name": SECRET}
    for body in ({"id": "beta", "name": SECRET}, told):
        key = {"Idempotency-Key": body["id"]}
        path = "/api/v1/customers"
        sent = alice._client.post(path, body, content_type="application/json", headers=key)
        assert sent.status_code == 201

    erase(Customer.objects.get(pk="beta"))

    again = {"content_type": "application/json", "headers": {"Idempotency-Key": "beta"}}
    answer = alice._client.post(path, {"id": "beta", "name": SECRET}, **again)
    assert answer.json()["error"]["code"] == "answer_unreadable"
    again["headers"] = {"Idempotency-Key": "rival"}
    assert alice._client.post(path, told, **again).status_code == 201


def test_records_are_forgotten_whatever_their_metadata_says():
    customer = builders.customer()
    hostile = ["'; DROP TABLE x; --", "\\u0000", "(erased)", "🦊" * 400, "{}", "%s %(x)s"]
    builders.usage_records([{"metadata": {text: text}, "at": LONG_AGO} for text in hostile])

    erase(customer)

    assert {json.dumps(row.metadata) for row in UsageRecord.objects.all()} == {"{}"}
    assert usage.verify_books() == []
