"""What is older than its kind is kept is forgotten, and nothing else is."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from controlplane.alerts.models import Alert
from controlplane.audit.models import AuditEvent
from controlplane.content.models import StoredContent
from controlplane.privacy.models import Forgetting
from controlplane.privacy.services import forget_old
from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from tests import builders
from tests.integration.test_usage_summary import costs, summary

pytestmark = pytest.mark.usefixtures("database")

NOW = timezone.now()
OLD, NEW = NOW - timedelta(days=40), NOW - timedelta(days=20)


@pytest.fixture
def keep(monkeypatch):
    """Keeps kinds for days of a test's own, and all others for ever."""

    def set_days(**days):
        given = {**dict.fromkeys(settings.RETENTION_DAYS, 0), **days}
        monkeypatch.setattr(settings, "RETENTION_DAYS", given)

    return set_days


def test_for_ever_is_for_ever(keep):
    keep()
    builders.usage_records([{"metadata": {"code": "a"}, "at": OLD}])

    assert forget_old() == {}
    assert not Forgetting.objects.exists()


def test_metadata_goes_and_records_of_the_same_code_since_are_told_apart(keep):
    keep(usage_metadata=30)
    many = [{"metadata": {"code": "a"}, "at": at} for at in (OLD, OLD, NEW)]
    builders.usage_records([*many, {"customer_id": "rival", **many[0]}])

    assert forget_old() == {"usage_metadata": 3}
    assert forget_old() == {"usage_metadata": 0}, "twice is once"

    assert UsageRecord.objects.count() == 4
    assert verify_books() == []
    assert {key: bool(cost) for key, cost in costs(summary("metadata.code")).items()} == {
        ("a",): True,
        (None,): True,
    }
    assert costs(summary("metadata.code"))["a",] * 3 == costs(summary("metadata.code"))[None,]
    assert [each.count for each in Forgetting.objects.all()] == [3]


def test_content_alerts_and_sessions_go_by_their_own_clocks(keep):
    keep(content=30, alerts=30)
    for at in (OLD, NEW):
        stored = {
            "at": at,
            "customer_id": "acme",
            "virtual_key_id": "vk",
            "sealed": b"",
            "bytes": 0,
        }
        row = {"request_id": str(at), "is_cut": False, **stored}
        builders.insert("content_storedcontent", row, returning="request_id")
        told = {"kind": "over", "severity": "info", "title": "t", "opened_at": OLD}
        Alert.objects.create(id=f"a{at.day}", cause=str(at), resolved_at=at, **told)
    Alert.objects.create(id="open", cause="open", **told)

    assert forget_old() == {"content": 1, "alerts": 1}
    assert StoredContent.objects.get().at == NEW
    assert set(Alert.objects.values_list("cause", flat=True)) == {str(NEW), "open"}


def test_the_audit_log_is_cut_only_as_a_row_on_record_says(keep):
    keep(audit_log=30)
    event = {"change": 1, "door": "api", "actor": "x", "action": "create", "resource": "customers"}
    for at in (OLD, NEW):
        row = {"at": at, "object_id": "acme", "changes": {}, **event}
        builders.insert("audit_auditevent", row, returning="id")

    assert forget_old() == {"audit_log": 1}
    assert AuditEvent.objects.get().at == NEW
    assert Forgetting.objects.get().count == 1
