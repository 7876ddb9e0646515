"""Channels and alert rules in a file."""

import pytest

from controlplane.accounts.models import Role
from controlplane.accounts.permissions import Principal
from controlplane.notices.models import Channel, Rule
from controlplane.notices.services import opened
from controlplane.provisioning.export import export_configuration
from controlplane.provisioning.plan import NEW_ADDRESSES_MAX
from tests import builders
from tests.integration.provisioning.applying import actions, apply, wrong

pytestmark = pytest.mark.usefixtures("database")

URL = "https://93.184.215.14/hook?token=s3cr3t"
FILE = """
customers: [{id: acme}]
notice_channels:
- {id: pager, kind: webhook, url: "${PAGER_URL}", customer: acme}
alert_rules:
- id: nights
  channel: pager
  customer_id: acme
  kinds: [over, provider_paused]
  severities: [warning, critical]
  digest: hourly
  quiet_from: 22:00
  quiet_to: "06:30"
  timezone: Europe/Berlin
"""


@pytest.fixture(autouse=True)
def address(monkeypatch):
    monkeypatch.setenv("PAGER_URL", URL)


def test_rules_and_channels_apply_and_applied_again_change_nothing():
    applied = apply(FILE)

    rule, channel = Rule.objects.get(), Channel.objects.get()
    assert (rule.channel, rule.customer_id, rule.digest) == (channel, "acme", "hourly")
    assert (rule.quiet_from.hour, rule.quiet_to.minute) == (22, 30)
    assert (channel.destination, opened(channel)["url"]) == ("https://93.184.215.14", URL)
    (told,) = applied.as_json()["secrets"]
    assert (told["resource"], told["id"]) == ("notice-channels", "pager")
    assert told["secret"] == opened(channel)["secret"]
    assert apply(FILE, prune=True).plan.is_empty


def test_an_export_round_trips_and_holds_no_address():
    apply(FILE)

    for customer_id in (None, "acme"):
        text = "".join(export_configuration(customer_id))
        assert "93.184" not in text
        assert apply(text, prune=True).plan.is_empty


def test_another_address_is_said_to_be_another_and_keeps_the_secret(monkeypatch):
    apply(FILE)
    secret = opened(Channel.objects.get())["secret"]
    monkeypatch.setenv("PAGER_URL", URL + "2")

    (change,) = apply(FILE).plan.changes

    assert change.as_json()["fields"] == {"url": {"old": None, "new": "(changed)"}}
    assert opened(Channel.objects.get()) == {"url": URL + "2", "secret": secret}


def test_a_field_changes_and_pruning_takes_rules_before_their_channels():
    apply(FILE)
    builders.customer("other")
    Channel.objects.create(id="theirs", customer_id="other", kind="webhook", credential_sealed=b"")
    Channel.objects.create(id="of-all", kind="webhook", credential_sealed=b"")

    apply(FILE.replace("hourly", "daily"))
    assert Rule.objects.get().digest == "daily"

    emptied = "customers: [{id: acme}]\nnotice_channels: []\nalert_rules: []"
    removed = apply(emptied, prune=True)
    assert actions(removed) == ["remove alert-rules/nights", "remove notice-channels/pager"]
    assert set(Channel.objects.values_list("id", flat=True)) == {"theirs", "of-all"}


def test_what_is_of_no_customer_is_pruned_where_the_file_has_some_of_it():
    for name in ("kept", "gone"):
        Channel.objects.create(id=name, kind="webhook", credential_sealed=b"")

    apply("notice_channels: [{id: kept, name: Kept}]", prune=True)

    assert Channel.objects.get().id == "kept"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("provider_paused]", "provider_pausd]", "alert_rules[0].kinds[1]: Must be one of"),
        ("critical]", "dire]", "alert_rules[0].severities[1]: Must be one of"),
        ("22:00", "22:00:30", "alert_rules[0].quiet_from: Must be a time of day, to the minute"),
        ("  quiet_from: 22:00\n", "", "alert_rules[0].quiet_to: Quiet hours need both ends"),
        ("Europe/Berlin", "Berlin", "alert_rules[0].timezone: "),
        ("channel: pager", "channel: pagr", "channel: There is no such notice channel."),
        ("  channel: pager\n", "", "alert_rules[0]: Needs 'channel': where its alerts go."),
        ("customer_id: acme", "customer_id: new", "channel: This channel belongs to another"),
        ("${PAGER_URL}", "${PAGR_URL}", "url: The environment has no variable PAGR_URL"),
        ("${PAGER_URL}", "https://127.0.0.1/x", "url: This address is not on the public internet."),
        (', url: "${PAGER_URL}"', "", "notice_channels[0]: Needs 'url': where notices go."),
        ("kind: webhook, ", "", "notice_channels[0]: Needs 'kind': how it is told."),
    ],
)
def test_what_is_wrong_is_named_and_nothing_changes(old, new, problem):
    found = wrong(FILE.replace(old, new, 1))

    assert any(problem in each and each.startswith("line ") for each in found), found
    assert not Channel.objects.exists()


def test_what_never_changes_and_too_many_addresses_are_refused():
    apply(FILE)

    (kind,) = wrong("notice_channels: [{id: pager, kind: apprise}]")
    assert "kind: This never changes, and is 'webhook'." in kind
    (customer,) = wrong("notice_channels: [{id: pager, customer: null}]")
    assert "customer: This never changes, and is 'acme'." in customer
    many = [f"{{id: c{n}, kind: webhook, url: '{URL}'}}" for n in range(NEW_ADDRESSES_MAX + 1)]
    (too_many,) = wrong(f"notice_channels: [{', '.join(many)}]")
    assert f"notice_channels[{NEW_ADDRESSES_MAX}].url: A file may have at most" in too_many


def test_who_is_bound_makes_rules_of_their_customer_alone():
    bound = Principal(Role.ADMIN, "acme", "bound")
    apply(FILE)
    Channel.objects.create(id="of-all", kind="webhook", credential_sealed=b"")

    applied = apply("alert_rules: [{id: mine, channel: pager, customer: acme}]", by=bound)

    assert actions(applied) == ["create alert-rules/mine"]
    everybodys = wrong("alert_rules: [{id: everybodys, channel: pager}]", by=bound)
    assert "This channel belongs to another customer." in everybodys[0]
    assert "There is no such" in wrong("alert_rules: [{id: r, channel: of-all}]", by=bound)[0]
    taken = f"notice_channels: [{{id: of-all, kind: webhook, url: '{URL}'}}]"
    assert "cannot be used" in wrong(taken, by=bound)[0]
