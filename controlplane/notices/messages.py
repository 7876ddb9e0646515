"""What a notice says: to programs as JSON, to people in the sentences of the alerts."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from controlplane.notices.models import AlertEvent, Change, Channel, ChannelKind, Notice
from controlplane.notices.services import opened
from controlplane.notices.signatures import signed_headers

SHOWN = ("kind", "severity", "title", "amount_usd", "facts", "opened_at", "resolved_at")
SUBJECTS = ("customer", "team", "virtual_key", "budget", "provider", "model")
LINES_MAX = 50
TEST = "This is a test from Purser: the channel works."


def message(notice: Notice, channel: Channel, at: datetime) -> dict[str, Any]:
    """An order for the program that sends. Raises `CredentialUnreadable`."""
    events = list(notice.events.order_by("id"))
    if channel.kind == ChannelKind.APPRISE:
        return _for_people(events, opened(channel)["url"])
    return _for_programs(notice, events, opened(channel), at)


def _for_programs(
    notice: Notice, events: Sequence[AlertEvent], credential: dict[str, Any], at: datetime
) -> dict[str, Any]:
    said = {
        "id": notice.id,
        "type": _type(notice, events),
        "created_at": notice.created_at.isoformat(),
        "alerts": [_shown(event) for event in events],
    }
    body = json.dumps(said)
    headers = signed_headers(credential["secret"], notice.id, int(at.timestamp()), body.encode())
    return {
        "kind": "webhook",
        "url": credential["url"],
        "headers": {"content-type": "application/json", "user-agent": "purser", **headers},
        "body": body,
    }


def _type(notice: Notice, events: Sequence[AlertEvent]) -> str:
    if not events:
        return "test"
    return "alerts.digest" if notice.is_digest else f"alert.{events[0].change}"


def _shown(event: AlertEvent) -> dict[str, Any]:
    alert = event.alert
    subjects = {name: alert.get(f"{name}_id") for name in SUBJECTS}
    amount = alert["amount_usd"]
    return {
        "id": alert["id"],
        "change": event.change,
        "at": event.at.isoformat(),
        **{name: alert[name] for name in SHOWN},
        "amount_usd": None if amount is None else str(amount),
        **subjects,
        "url": _url(event),
    }


def _for_people(events: Sequence[AlertEvent], url: str) -> dict[str, Any]:
    lines = [_line(event) for event in events[:LINES_MAX]]
    if len(events) > LINES_MAX:
        lines.append(f"And {len(events) - LINES_MAX} more.")
    title = f"Purser: {len(events)} alerts"
    if len(events) == 1:
        title = f"Purser: {events[0].alert['severity']}"
    return {
        "kind": "apprise",
        "url": url,
        "title": title if events else "Purser: test",
        "body": "\n".join(lines) or TEST,
    }


def _line(event: AlertEvent) -> str:
    words = f"{event.alert['title']} {_url(event) or ''}".strip()
    if event.change == Change.RESOLVED:
        how = event.alert["resolution"]
        return f"Over: {words}" + (f" ({how})" if how else "")
    return words


def _url(event: AlertEvent) -> str | None:
    return f"{settings.PUBLIC_URL}/alerts/{event.alert['id']}" if settings.PUBLIC_URL else None
