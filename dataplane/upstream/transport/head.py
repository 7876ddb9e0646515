"""The head of a request as bytes."""

import httpx

# What is between this client and the next server only, and what the transport says itself.
OWN_HEADERS = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
BODILESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


def write_head(request: httpx.Request, body_bytes: int) -> bytes:
    """Raises `httpx.LocalProtocolError` where a line break would smuggle something in."""
    url = request.url
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), url.raw_path)]
    if "host" not in request.headers:
        lines.append(b"host: " + url.netloc)
    for name, value in request.headers.raw:
        if name.lower() not in OWN_HEADERS:
            lines.append(b"%b: %b" % (name, value))
    if body_bytes or request.method not in BODILESS_METHODS:
        lines.append(b"content-length: %d" % body_bytes)
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    breaks = len(lines) + 1
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head:
        raise httpx.LocalProtocolError("a header contains a line break or a zero byte")
    return head
