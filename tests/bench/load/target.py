"""Where calls go: the stub itself, or a gateway in front of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.bench import exchange
from tests.bench.exchange import Call


@dataclass(frozen=True)
class Target:
    """An address of chat completions, with the headers and the model that it wants."""

    url: str
    model: str = exchange.MODEL
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    bearers: Sequence[str] = field(default=(), repr=False)
    """Keys that calls take in turn, by their number."""

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def writer(self) -> "RequestWriter":
        return RequestWriter(self)


class RequestWriter:
    """Makes whole requests: those of one kind differ by the number of the call only."""

    def __init__(self, target: Target) -> None:
        parts = urlsplit(target.url)
        self._line = f"POST {parts.path} HTTP/1.1\r\n".encode()
        lines = [
            f"host: {parts.netloc}",
            "content-type: application/json",
            *(f"{name}: {value}" for name, value in target.headers.items()),
            "content-length: ",
        ]
        self._model = target.model
        self._head = "\r\n".join(lines).encode()
        self._bearers = [f"authorization: Bearer {bearer}".encode() for bearer in target.bearers]
        self._kinds: dict[tuple[int, int, bytes], tuple[bytes, bytes]] = {}

    def request(self, call: Call) -> bytes:
        bearers = self._bearers
        bearer = bearers[call.number % len(bearers)] if bearers else b""
        kind = call.pieces, call.pause_us, bearer
        if kind not in self._kinds:
            self._kinds[kind] = self._around_number(call, bearer)
        before, after = self._kinds[kind]
        return b"%bcall-%010d%b" % (before, call.number, after)

    def _around_number(self, call: Call, bearer: bytes) -> tuple[bytes, bytes]:
        body = exchange.request_body(call, self._model)
        head = b"%b\r\n%b" % (bearer, self._head) if bearer else self._head
        whole = b"%b%b%d\r\n\r\n%b" % (self._line, head, len(body), body)
        before, _, after = whole.partition(b"call-%010d" % call.number)
        return before, after
