"""Changes of channels and rules. An address goes in, is looked at, sealed, and never comes out."""

from typing import Any, NamedTuple, TypedDict, Unpack

from django.db import transaction

from controlplane import saving
from controlplane.accounts.models import Customer
from controlplane.errors import Conflict, invalid
from controlplane.fields import new_id
from controlplane.notices.leaving import look_at_destination
from controlplane.notices.models import Channel, ChannelKind, Rule
from controlplane.notices.signatures import new_signing_secret
from controlplane.sealing import sealing_keys
from dataplane.contract.credentials import CredentialUnreadable

URL_LENGTH_MAX = 2000


class RuleFields(TypedDict, total=False):
    name: str
    metadata: dict[str, Any]
    customer: Customer | None
    channel: Channel
    kinds: list[str]
    severities: list[str]
    digest: str
    quiet_from: Any
    quiet_to: Any
    timezone: str
    action: str
    action_minutes: int
    is_active: bool


class CreatedChannel(NamedTuple):
    channel: Channel
    secret: str | None
    """What a webhook is signed with, shown now and never again."""

    def __repr__(self) -> str:
        return f"CreatedChannel({self.channel.id})"


@transaction.atomic
def create_channel(
    *,
    kind: str,
    url: str,
    id: str | None = None,
    customer: Customer | None = None,
    **described: Any,
) -> CreatedChannel:
    """Raises `DomainError` for what is no address, or one inside."""
    channel = Channel(id=id or new_id("chn"), kind=kind, customer=customer, **described)
    secret = new_signing_secret() if kind == ChannelKind.WEBHOOK else None
    channel.destination = _looked_at(kind, url)
    channel.credential_sealed = _sealed(channel, url, secret)
    return CreatedChannel(saving.add(channel), secret)


@transaction.atomic
def update_channel(channel: Channel, *, url: str | None = None, **changes: Any) -> Channel:
    """A new address keeps the secret."""
    if url is not None:
        changes["destination"] = _looked_at(channel.kind, url)
        changes["credential_sealed"] = _sealed(channel, url, _secret_of(channel))
    return saving.change(channel, changes)


@transaction.atomic
def delete_channel(channel: Channel) -> None:
    """What waits for it goes with it; one that rules name stays."""
    saving.remove(channel)


@transaction.atomic
def create_rule(*, channel: Channel, id: str | None = None, **fields: Unpack[RuleFields]) -> Rule:  # type: ignore[misc]
    return saving.add(Rule(id=id or new_id("rule"), channel=channel, **fields))


@transaction.atomic
def update_rule(rule: Rule, **changes: Unpack[RuleFields]) -> Rule:
    """What waits already goes out as it was."""
    return saving.change(rule, changes)


@transaction.atomic
def delete_rule(rule: Rule) -> None:
    saving.remove(rule)


def opened(channel: Channel) -> dict[str, Any]:
    """`url` and `secret`, to send with. Raises `CredentialUnreadable`."""
    return sealing_keys().open(bytes(channel.credential_sealed), bound_to(channel))


def _secret_of(channel: Channel) -> str | None:
    try:
        secret: str | None = opened(channel)["secret"]
    except CredentialUnreadable:
        message = "No sealing key opens this channel's secret: create another channel."
        raise Conflict("channel_unreadable", message) from None
    return secret


def _looked_at(kind: str, url: str) -> str:
    if len(url) > URL_LENGTH_MAX:
        raise invalid("url", f"Must have at most {URL_LENGTH_MAX} characters.")
    seen = look_at_destination(kind, url)
    if seen["error"]:
        raise invalid("url", seen["error"])
    return str(seen["destination"])[:300]


def _sealed(channel: Channel, url: str, secret: str | None) -> bytes:
    return sealing_keys().seal({"url": url, "secret": secret}, bound_to(channel))


def bound_to(channel: Channel) -> str:
    """The one place where what is sealed opens."""
    return f"notice-channel/{channel.id}"
