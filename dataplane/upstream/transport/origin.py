"""Where a request goes: scheme, host and port, the unit that connections are pooled by."""

from typing import NamedTuple

import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """One server, as far as a connection is concerned."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: httpx.URL) -> "Origin":
        scheme = url.scheme
        if scheme not in DEFAULT_PORTS:
            raise httpx.UnsupportedProtocol("only http and https are spoken")
        if not (host := url.raw_host):
            raise httpx.UnsupportedProtocol("the address names no host")
        return cls(scheme, host.decode("ascii"), url.port or DEFAULT_PORTS[scheme])
