"""The head of a request as bytes."""

import httpx

# What the transport says itself, and what is between two neighbours only.
OWN_HEADERS = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
METHODS_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


def write_head(request: httpx.Request, body_bytes: int) -> bytes:
    """Raises `httpx.LocalProtocolError` where a line break would smuggle something in."""
    given = request.headers.raw
    lines = [b"%b: %b\r\n" % field for field in given if field[0].lower() not in OWN_HEADERS]
    host = request.url.netloc if len(lines) == len(given) else _host(request)
    lines.append(b"host: %b\r\n" % host)
    if body_bytes or request.method not in METHODS_WITHOUT_BODY:
        lines.append(b"content-length: %d\r\n" % body_bytes)
    lines.append(b"\r\n")
    first = b"%b %b HTTP/1.1\r\n" % (request.method.encode("ascii"), request.url.raw_path)
    head = first + b"".join(lines)
    breaks = len(lines) + 1
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head:
        raise httpx.LocalProtocolError("a header contains a line break or a zero byte")
    return head


def _host(request: httpx.Request) -> bytes:
    """The one given, if one is."""
    given = (value for name, value in request.headers.raw if name.lower() == b"host")
    return next(given, request.url.netloc)
