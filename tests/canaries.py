"""Data that nobody else may ever see: every id, name, value and amount of it is unmistakable.

Ids have `canary` in them; amounts have the digits 31337. A test that asks for what is not there
says `absent` instead.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from controlplane.accounts import members, services
from controlplane.accounts.models import Customer, Member, Team
from controlplane.actions.models import AlertAction
from controlplane.alerts.models import Alert, Kind, Severity
from controlplane.alerts.services import open_alert
from controlplane.audit.models import AuditEvent
from controlplane.budgets.limit_changes import change_limit
from controlplane.budgets.models import ClosedWindow, RaiseRequest
from controlplane.budgets.services import create_budget
from controlplane.dashboard.models import ExportChunk, ExportFile, SavedView
from controlplane.keys.services import issue_key
from controlplane.metadata_rules.services import create_rule
from controlplane.moving_in.models import UsageImport
from controlplane.notices.models import Channel, Delivery, Notice, Rule
from controlplane.reconciliation.models import Invoice
from controlplane.statements.contents import contents
from controlplane.statements.models import Adjustment, Statement
from controlplane.what_if.models import WhatIf
from tests import builders

CANARY, ABSENT = "canary", "absent"
AMOUNT = Decimal("31337.421337")
TEXT = "the canary’s own"
FACTS = {"canary-code": "canary-value"}


def plant(customer: Customer, team: Team) -> dict[str, Any]:
    """One of everything; primary keys by the tables' models."""
    planted = {"accounts.customer": customer.pk, "accounts.team": team.pk}
    planted |= _access(customer, team)
    planted |= _money(customer, team) | _statement(customer)
    planted |= _events(customer, team) | _notices(customer) | _bill()
    planted |= _question(customer, team)
    return planted | _kept(customer)


def _access(customer: Customer, team: Team) -> dict[str, Any]:
    bound: dict[str, Any] = {"customer": customer, "team": team}
    key = issue_key(id="canary-key", name=TEXT, metadata=FACTS, **bound).key
    token = services.issue_token(id="canary-token", name=TEXT, role="auditor", **bound).token
    member = members.create_member(username="canary-member", first_name=TEXT, **bound)
    rule = create_rule(customer=customer, key="canary-code", name=TEXT, allowed_values=[TEXT])
    return {
        "keys.virtualkey": key.pk,
        "accounts.apitoken": token.pk,
        "accounts.member": member.pk,
        "metadata_rules.metadatarule": rule.pk,
    }


def _money(customer: Customer, team: Team) -> dict[str, Any]:
    now = timezone.now()
    create_budget(id="canary-budget-of-customer", owner=customer, limit_usd=AMOUNT)
    budget = create_budget(id="canary-budget", name=TEXT, owner=team, limit_usd=AMOUNT)
    balance = builders.balance(budget, at=now, spent_usd=AMOUNT)
    entry = {"balance_id": balance, "at": now, "amount_usd": AMOUNT, "reason": TEXT, "actor": TEXT}
    process = {"id": "p", "host": "h", "generation": 1, "started_at": now, "seen_at": now}
    builders.insert("budgets_process", process, returning="id")
    held = {"balance_id": balance, "process_id": "p", "amount_usd": AMOUNT}
    bucket = {"balance_id": balance, "bucket_start": now, "spent_usd": AMOUNT}
    builders.insert("budgets_balancebucket", bucket, returning="id")
    asked = {"amount_usd": AMOUNT, "reason": TEXT, "requested_by": TEXT, "note": TEXT}
    moments = {"requested_at": now, "expires_at": now + timedelta(days=1)}
    waiting = RaiseRequest.objects.create(id="canary-raise", budget=budget, **asked, **moments)
    closed = {"period": "month", "window_start": now, "window_end": now + timedelta(days=1)}
    ClosedWindow.objects.create(
        budget=budget, limit_usd=AMOUNT, carried_usd=AMOUNT, closed_at=now, **closed
    )
    change = change_limit(budget=budget, amount_usd=AMOUNT, reason=TEXT, by=TEXT)
    return {
        "budgets.budget": budget.pk,
        "budgets.raiserequest": waiting.pk,
        "budgets.balance": balance,
        "budgets.ledgerentry": builders.insert("budgets_ledgerentry", entry, returning="id"),
        "budgets.allowance": builders.insert("budgets_allowance", held, returning="id"),
        "budgets.limitchange": change.pk,
    }


def _statement(customer: Customer) -> dict[str, Any]:
    now = timezone.now()
    statement = Statement.objects.create(
        id="canary-statement",
        customer=customer,
        month="2026-10",
        starts_at=now,
        ends_at=now,
        timezone="UTC",
        total_usd=AMOUNT,
        currency="USD",
        rate_per_usd=1,
        amount_due=AMOUNT,
        content={**contents(customer, now, now), "customer": {"id": customer.pk, "name": TEXT}},
        content_hash=("canary" * 11)[:64],
        closed_at=now,
        closed_by=TEXT,
    )
    more = {"kind": "correction", "amount_usd": AMOUNT, "reason": TEXT, "created_by": TEXT}
    Adjustment.objects.create(id="canary-adjustment", statement=statement, **more)
    return {"statements.statement": statement.pk}


def _bill() -> dict[str, Any]:
    """Of the whole installation: nobody who is bound may see it."""
    now = timezone.now()
    days = dict.fromkeys(("first_day", "last_day"), now.date())
    amounts = {"billed_usd": AMOUNT, "booked_usd": 0, "unit_usd": 0}
    counts = dict.fromkeys(("rows", "left_out", "duplicates", "unrelated"), 0)
    texts = dict.fromkeys(("provider_id", "file_name", "file_hash", "format", "created_by"), TEXT)
    invoice = Invoice.objects.create(
        id="canary-invoice", currency="USD", reconciled_at=now, **days, **amounts, **counts, **texts
    )
    return {"reconciliation.invoice": invoice.pk}


def _question(customer: Customer, team: Team) -> dict[str, Any]:
    own: dict[str, Any] = {"customer": customer, "team": team, "created_by": TEXT}
    row = WhatIf.objects.create(id="canary-question", question={"team": [team.pk]}, **own)
    return {"what_if.whatif": row.pk}


def _cache_entry(customer: Customer) -> Any:
    now = timezone.now()
    texts = ("namespace", "endpoint", "model_requested", "provider", "model", "deployment_id")
    entry = {
        **dict.fromkeys(texts, "canary"),
        **dict.fromkeys(("created_at", "used_at", "expires_at"), now),
        "customer_id": customer.pk,
        "virtual_key_id": "canary-key",
        "fingerprint": b"canary",
        "sealed": b"",
        "bytes": 0,
        "cost_usd": AMOUNT,
        "hits": 1,
    }
    return builders.insert("caching_cacheentry", entry, returning="id")


def _act_on(alert: Alert) -> str:
    done = {"alert_id": alert.pk, "kind": "pause", "at": alert.opened_at, "by": TEXT}
    subject = {"customer_id": alert.customer_id, "team_id": alert.team_id, "reason": TEXT}
    return AlertAction.objects.create(id="canary-act", **done, **subject).pk


def _events(customer: Customer, team: Team) -> dict[str, Any]:
    now = timezone.now()
    owned = {"customer_id": customer.pk, "virtual_key_id": "canary-key"}
    named = {"model_requested": "canary-model", "metadata": FACTS, "cost_usd": AMOUNT}
    request = builders.usage_record(
        request_id="canary-request", at=now, team_id=team.pk, **owned, **named
    )
    content = {"request_id": request, "at": now, "sealed": b"", "bytes": 0, "is_cut": False}
    builders.insert("content_storedcontent", {**content, **owned}, returning="request_id")
    wish = {"customer_id": customer.pk, "at": now, "actor": TEXT, "counts": {}}
    erasure = builders.insert("privacy_erasure", wish, returning="id")
    entry = _cache_entry(customer)
    brought = UsageImport.objects.create(file_name="canary.csv", records=31337)
    _sightings(now)
    alert = open_alert(
        kind=Kind.OVER,
        severity=Severity.CRITICAL,
        cause=TEXT,
        title=TEXT,
        amount_usd=AMOUNT,
        team_id=team.pk,
        **owned,
    ).alert
    event = AuditEvent.objects.filter(object_id="canary-key").latest("id")
    return {
        "usage.bookedrequest": request,
        "privacy.erasure": erasure,
        "caching.cacheentry": entry,
        "moving_in.usageimport": brought.pk,
        "alerts.alert": alert.pk,
        "actions.alertaction": _act_on(alert),
        "audit.auditevent": event.pk,
    }


def _sightings(now: datetime) -> None:
    """Where the key was sent from, and what it sent over and over."""
    network = {"network": "canary", "first_seen_at": now, "last_seen_at": now}
    builders.insert(
        "keys_keynetwork", {"virtual_key_id": "canary-key", **network}, returning="network"
    )
    storm = {"code": "canary", "is_same": True, "model": "canary-model", "requests": 31337}
    times = {"first_at": now, "last_at": now}
    builders.insert(
        "keys_keyrepetition", {"virtual_key_id": "canary-key", **storm, **times}, returning="code"
    )


def _notices(customer: Customer) -> dict[str, Any]:
    """A channel with its rule, and a notice on its way, tried once."""
    now = timezone.now()
    own: dict[str, Any] = {"customer": customer, "name": TEXT}
    where = {"kind": "webhook", "credential_sealed": b"", "destination": "canary.example"}
    channel = Channel.objects.create(id="canary-channel", **own, **where)
    rule = Rule.objects.create(id="canary-rule", channel=channel, **own)
    due = dict.fromkeys(("created_at", "due_at", "next_attempt_at"), now)
    notice = Notice.objects.create(id="canary-notice", channel=channel, rule=rule, **due)
    Delivery.objects.create(notice=notice, at=now, is_delivered=False, error=TEXT, took_ms=1)
    return {
        "notices.channel": channel.pk,
        "notices.rule": rule.pk,
        "notices.notice": notice.pk,
        "notices.notice.id": notice.id,
    }


def _files(owner: Member, customer: Customer) -> dict[str, Any]:
    """A file of requests that is ready to be fetched."""
    file = {"kind": "csv", "query": "canary", "rows_expected": 1, "parts": 1}
    whose = {"owner": owner, "customer_id": customer.pk, "team_id": "canary-team"}
    moments = {"finished_at": timezone.now(), "expires_at": timezone.now() + timedelta(days=1)}
    made = ExportFile.objects.create(id="canary-file", **whose, **file, **moments)
    part = ExportChunk.objects.create(file=made, number=0, content=TEXT.encode())
    return {"dashboard.exportfile": made.pk, "dashboard.exportchunk": part.pk}


def _kept(customer: Customer) -> dict[str, Any]:
    """A view that a member keeps, what the cache has learned, and what came of it."""
    owner = Member.objects.get(username="canary-member")
    view = SavedView.objects.create(id="canary-view", owner=owner, name=TEXT, page="overview")
    files = _files(owner, customer)
    learned = {"embedder": "canary", "bin": 1, "low": 0.5, "labels": 3, "wrong": 1}
    owned = {"customer_id": customer.pk, "virtual_key_id": "canary-key"}
    moment = {"updated_at": timezone.now()}
    evidence = builders.insert(
        "caching_cacheevidence", {**learned, **owned, **moment}, returning="id"
    )
    day = {"namespace": "canary", "day": moment["updated_at"].date(), "lookups": 3}
    ended = {**day, **owned, "result": "exact", "reason": "canary", "saved_usd": AMOUNT}
    costs = dict.fromkeys(("embedding_usd", "audit_usd", "judge_usd"), AMOUNT)
    outcome = builders.insert("caching_cacheoutcome", {**ended, **costs}, returning="id")
    return files | {
        "dashboard.savedview": view.pk,
        "caching.cacheevidence": evidence,
        "caching.cacheoutcome": outcome,
    }
