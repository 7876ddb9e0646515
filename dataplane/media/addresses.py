"""Finding the addresses of a name."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from dataplane.contract.addresses import Address

Resolve = Callable[[str, int], Awaitable[list[Address]]]
"""All addresses of a host. Raises `OSError` for none."""


async def resolve(host: str, port: int) -> list[Address]:
    """As the system does it, numbers in all their notations (`0x7f.1`) included."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(entry[4][0]) for entry in found]
    return list(dict.fromkeys(addresses))
