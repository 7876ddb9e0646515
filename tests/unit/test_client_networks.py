"""Which network a client is in, and whom one believes about it."""

from ipaddress import ip_network
from typing import Any

import pytest

from dataplane.access.networks import learned
from dataplane.access.networks.addresses import last_hops, network_of
from dataplane.settings import Settings, SettingWrong

SEALING_KEY = "c2VhbGluZyBrZXkgZm9yIHRlc3RzIGFsb25lISEhISE="
PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.77", b"", "203.0.113.0/24"),
        ("2001:db8:1:2::5", b"", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", b"", "203.0.113.0/24"),
        ("fe80::1%eth0", b"", "fe80::/48"),
        ("/run/purser.sock", b"", None),
        ("10.0.0.1", b"203.0.113.77", "203.0.113.0/24"),
        ("fd00::1", b"203.0.113.77, 10.0.0.9", "203.0.113.0/24"),
        ("10.0.0.1", b"1.2.3.4, 203.0.113.77", "203.0.113.0/24"),
        ("10.0.0.1", b"203.0.113.77:4711", "203.0.113.0/24"),
        ("10.0.0.1", b'"[2001:db8::5]:4711"', "2001:db8::/48"),
        ("10.0.0.1", b"garbage, 10.0.0.2", "10.0.0.0/24"),
        ("10.0.0.1", b"", "10.0.0.0/24"),
        ("203.0.113.77", b"1.2.3.4", "203.0.113.0/24"),
    ],
)
def test_the_network_is_the_one_that_trusted_proxies_name(
    peer: str, forwarded: bytes, network: Any
):
    assert network_of(peer, forwarded, PROXIES) == network


def test_of_a_long_header_only_the_last_whole_hops_count():
    kept = last_hops(b"1.1.1.1, " * 1000 + b"203.0.113.77")

    assert len(kept) <= 256
    assert set(kept.replace(b" ", b"").split(b",")) == {b"1.1.1.1", b"203.0.113.77"}


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(learned, "SEEN_MAX", 10)
    monkeypatch.setattr(learned, "UNWRITTEN_MAX", 20)
    networks = learned.ClientNetworks(None, ())  # type: ignore[arg-type]

    for number in range(100):
        networks.note("vk-1", (f"10.0.{number}.1", 1), {})

    assert len(networks._seen) <= 10
    assert len(networks._unwritten) == 20


def test_without_trusted_proxies_nobody_is_believed():
    networks = learned.ClientNetworks(None, ())  # type: ignore[arg-type]

    networks.note("vk-1", ("10.0.0.1", 1), {b"x-forwarded-for": b"203.0.113.77"})
    networks.note("vk-1", None, {})

    assert networks._unwritten == {("vk-1", "10.0.0.0/24")}


def test_a_wrong_list_of_proxies_stops_the_start():
    env = {"DATABASE_URL": "postgresql://", "PURSER_SEALING_KEY": SEALING_KEY}

    good = Settings.from_env({**env, "PURSER_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7"})
    assert [str(each) for each in good.trusted_proxies] == ["10.0.0.0/8", "192.0.2.7/32"]
    with pytest.raises(SettingWrong, match="PURSER_TRUSTED_PROXIES"):
        Settings.from_env({**env, "PURSER_TRUSTED_PROXIES": "10.0.0.1/8"})
