"""Which network a client is in: its own address, or what proxies that we trust say it is."""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

IPV4_BITS, IPV6_BITS = 24, 48
HOPS_MAX = 20
FORWARDED_LENGTH_MAX = 256

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def network_of(peer: str, forwarded_for: bytes, trusted: Sequence[Network]) -> str | None:
    """As in `203.0.113.0/24`; None for what has no address.

    `X-Forwarded-For` is read from its end, as long as those who wrote it are trusted.
    """
    address = _address(peer)
    if address is None:
        return None
    hops = forwarded_for.decode("latin-1").split(",")[-HOPS_MAX:]
    for hop in reversed(hops):
        if not _is_in(address, trusted) or (before := _address(hop)) is None:
            break
        address = before
    bits = IPV4_BITS if address.version == 4 else IPV6_BITS
    return str(ip_network(f"{address}/{bits}", strict=False))


def last_hops(forwarded_for: bytes) -> bytes:
    """The end of a header, no longer than it is worth; the first hop of that is whole."""
    if len(forwarded_for) <= FORWARDED_LENGTH_MAX:
        return forwarded_for
    return forwarded_for[-FORWARDED_LENGTH_MAX:].partition(b",")[2]


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == each.version and address in each for each in networks)


def _address(text: str) -> Address | None:
    """Without a zone or a port; of IPv4 in IPv6, the former."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
