"""The head of a request as bytes."""

import httpx

from dataplane.upstream.transport.origin import Origin

HEADS_KNOWN_MAX = 1024

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


class Heads:
    """Remembers where a request goes and how its head begins, for requests that share an address
    and headers: all calls to one provider do. Those objects are not to be changed afterwards.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, str], _Known] = {}

    def write(self, request: httpx.Request, body_bytes: int) -> tuple[Origin, bytes]:
        """Raises `httpx.LocalProtocolError` where a line break would smuggle something in, and
        `httpx.UnsupportedProtocol`.
        """
        place = (id(request.url), id(request.headers), request.method)
        known = self._known.get(place)
        if known is None:
            if len(self._known) >= HEADS_KNOWN_MAX:
                self._known.clear()
            known = _Known(request)
            self._known[place] = known
        if body_bytes or request.method not in METHODS_WITHOUT_BODY:
            return known.origin, b"%bcontent-length: %d\r\n\r\n" % (known.start, body_bytes)
        return known.origin, known.start + b"\r\n"


class _Known:
    """Keeps the address and the headers, too, so that nobody else can have their identity."""

    def __init__(self, request: httpx.Request) -> None:
        self.origin = Origin.of(request.url)
        self.start = _start(request)
        self._kept = (request.url, request.headers)


def _start(request: httpx.Request) -> bytes:
    given = request.headers.raw
    lines = [b"%b: %b\r\n" % field for field in given if field[0].lower() not in OWN_HEADERS]
    host = request.url.netloc if len(lines) == len(given) else _host(request)
    lines.append(b"host: %b\r\n" % host)
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
