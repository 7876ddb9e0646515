"""From what happened to alerts to the notices that wait: which rules match, and when it is due."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from controlplane.actions.services import act_by_rule
from controlplane.alerts.models import Alert, Severity
from controlplane.fields import new_id
from controlplane.notices.models import AlertEvent, Change, Digest, Notice, Rule, State

EVENTS_MAX = 500
DIGEST_EVENTS_MAX = 200
DAILY_AT = time(8)
ROUTING_LOCK = 0x6E6F7469  # one process routes at a time, so that the order is that of the events


@transaction.atomic
def route_events(at: datetime) -> int:
    """Puts what happened into the queues of the channels; how many notices are new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ROUTING_LOCK])
        if cursor.fetchone() != (True,):
            return 0
    rules = list(Rule.objects.filter(is_active=True, channel__is_active=True).order_by("id"))
    # Where several rules lead to one channel, it hears once, and as soon as any of them says.
    rules.sort(key=lambda rule: rule.digest != Digest.IMMEDIATE)
    events = list(AlertEvent.objects.filter(is_routed=False).order_by("id")[:EVENTS_MAX])
    made = sum(_route(event, rules, at) for event in events)
    ids = [event.pk for event in events]
    AlertEvent.objects.filter(pk__in=ids).update(is_routed=True)
    AlertEvent.objects.filter(pk__in=ids, notices=None).delete()
    return made


def matches(rule: Rule, event: AlertEvent) -> bool:
    """Tokens are nobody's business who is bound to a customer."""
    alert, customer_id = event.alert, rule.customer_id
    if customer_id and (event.customer_id != customer_id or alert.get("api_token_id")):
        return False
    return (not rule.kinds or alert["kind"] in rule.kinds) and (
        not rule.severities or alert["severity"] in rule.severities
    )


def due_at(rule: Rule, severity: str, at: datetime) -> datetime:
    """When a rule lets it out: digests at their hour, all but critical ones after quiet hours."""
    zone = ZoneInfo(rule.timezone)
    local = at.astimezone(zone)
    if rule.digest == Digest.HOURLY:
        due = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    elif rule.digest == Digest.DAILY:
        due = _next(local, DAILY_AT).astimezone(at.tzinfo)
    else:
        due = at
    if severity == Severity.CRITICAL and rule.digest == Digest.IMMEDIATE:
        return due
    return _after_quiet_hours(rule, due.astimezone(zone)).astimezone(at.tzinfo)


def _route(event: AlertEvent, rules: Sequence[Rule], at: datetime) -> int:
    channels, made = set(), 0
    for rule in rules:
        if rule.action and event.change == Change.OPENED and matches(rule, event):
            _act(rule, event)
        if rule.channel_id not in channels and matches(rule, event):
            channels.add(rule.channel_id)
            made += _put(event, rule, at)
    return made


def _act(rule: Rule, event: AlertEvent) -> None:
    """On what is open still; what was in its way is on record beside the alert."""
    for alert in Alert.objects.filter(pk=event.alert["id"], resolved_at=None):
        act_by_rule(alert, rule_id=rule.pk, kind=rule.action, minutes=rule.action_minutes)


def _put(event: AlertEvent, rule: Rule, at: datetime) -> int:
    due = due_at(rule, event.alert["severity"], at)
    is_digest = rule.digest != Digest.IMMEDIATE
    if is_digest:
        waiting = Notice.objects.filter(rule=rule, due_at=due, state=State.WAITING, attempts=0)
        last = waiting.order_by("-sequence").first()
        if last is not None and last.events.count() < DIGEST_EVENTS_MAX:
            last.events.add(event)
            return 0
    notice = Notice.objects.create(
        id=new_id("ntc"),
        channel_id=rule.channel_id,
        rule=rule,
        is_digest=is_digest,
        created_at=at,
        due_at=due,
        next_attempt_at=due,
    )
    notice.events.add(event)
    return 1


def _after_quiet_hours(rule: Rule, local: datetime) -> datetime:
    if rule.quiet_from is None or rule.quiet_to is None:
        return local
    now, begins, ends = local.time(), rule.quiet_from, rule.quiet_to
    over_midnight = begins > ends
    is_quiet = (now >= begins or now < ends) if over_midnight else begins <= now < ends
    return _next(local, ends) if is_quiet else local


def _next(local: datetime, moment: time) -> datetime:
    """The next time that a clock there shows this."""
    today = local.replace(hour=moment.hour, minute=moment.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)
