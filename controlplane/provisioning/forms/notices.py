"""Where notices of alerts go, and which alerts go there."""

from controlplane.accounts.permissions import Resource
from controlplane.alerts.models import Kind, Severity
from controlplane.notices.models import Channel, ChannelKind, Digest, Rule
from controlplane.provisioning.forms.accounts import CUSTOMER_SYNONYMS, DESCRIPTION, require_id
from controlplane.provisioning.forms.form import Field, Form, Secret
from controlplane.provisioning.shapes import each
from controlplane.provisioning.sources import secret_text
from controlplane.provisioning.values import (
    flag,
    minute_of_day,
    nullable,
    one_of,
    slug,
    text,
    text_or_none,
    whole,
)

NOTICE_CHANNELS = Form(
    section="notice_channels",
    resource=Resource.NOTICE_CHANNELS,
    model=Channel,
    fields={
        "id": Field("id", slug),
        **DESCRIPTION,
        "customer": Field("customer_id", nullable(slug)),
        "kind": Field("kind", one_of(ChannelKind.values)),
        "url": Secret("url", secret_text),
        "is_active": Field("is_active", flag),
    },
    synonyms=CUSTOMER_SYNONYMS,
    complete=require_id,
)

ALERT_RULES = Form(
    section="alert_rules",
    resource=Resource.ALERT_RULES,
    model=Rule,
    fields={
        "id": Field("id", slug),
        **DESCRIPTION,
        "customer": Field("customer_id", nullable(slug)),
        "channel": Field("channel_id", slug),
        "kinds": Field("kinds", each(one_of(Kind.values))),
        "severities": Field("severities", each(one_of(Severity.values))),
        "digest": Field("digest", one_of(Digest.values)),
        "quiet_from": Field("quiet_from", nullable(minute_of_day)),
        "quiet_to": Field("quiet_to", nullable(minute_of_day)),
        "timezone": Field("timezone", text),
        "action": Field("action", text_or_none),
        "action_minutes": Field("action_minutes", whole),
        "is_active": Field("is_active", flag),
    },
    synonyms=CUSTOMER_SYNONYMS,
    complete=require_id,
)
