"""What comes in and goes out, in no dialect: a request; a body, or the pieces of a stream."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

Json = dict[str, Any]
EVENT_STREAM = "text/event-stream; charset=utf-8"

encode = msgspec.json.encode


@dataclass(frozen=True)
class Request:
    """One request: its body, what its path named, its query."""

    body: Json
    named: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> str | None:
        """Some dialects have it in the path, others in the body."""
        name = self.named.get("model") or self.body.get("model")
        return name if isinstance(name, str) else None


@dataclass(frozen=True)
class Whole:
    """An answer in one piece."""

    body: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stream:
    """An answer in pieces, and what the dialect sends instead of more when it fails midway."""

    pieces: Iterable[bytes]
    error: bytes
    content_type: str = EVENT_STREAM


Reply = Whole | Stream
Endpoint = Callable[[Request], Reply]


class Refused(Exception):
    """A request that cannot be answered. Every dialect has its own words for it."""

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        status: int = 400,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = f"Purser's simulator: {message}"
        self.param = param
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        return {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}


def event(data: Json) -> bytes:
    """A server-sent event without a name."""
    return b"data: " + encode(data) + b"\n\n"


def named_event(data: Json) -> bytes:
    """A server-sent event with its type for a name."""
    return b"event: " + str(data["type"]).encode() + b"\ndata: " + encode(data) + b"\n\n"
