"""Whom to believe: the trust store behind every https connection."""

import functools
import ssl

import httpx


@functools.cache
def trust(ca_file: str | None = None) -> ssl.SSLContext:
    """Trusts what certifi and the system trust, and `ca_file` (an authority of one's own) if given.

    `SSL_CERT_FILE` replaces certifi's bundle, as everywhere. Names are verified, TLS is 1.2 or
    newer, and ALPN offers nothing but HTTP/1.1. Loading takes a tenth of a second, hence once.
    """
    context = httpx.create_ssl_context()
    context.load_default_certs()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context
