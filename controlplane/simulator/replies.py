"""What an endpoint gives back: one JSON body, or a stream of events; or it refuses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Whole:
    """An answer in one piece."""

    body: Json
    status: int = 200


@dataclass(frozen=True)
class Stream:
    """Server-sent events, closed by `[DONE]` as OpenAI does."""

    events: Iterable[Json]


class Refused(Exception):
    """A request that cannot be answered, in OpenAI's words."""

    def __init__(
        self, message: str, *, param: str | None = None, status: int = 400, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.reply = Whole(
            {
                "error": {
                    "message": f"Purser's simulator: {message}",
                    "type": "invalid_request_error",
                    "param": param,
                    "code": code,
                }
            },
            status,
        )


Endpoint = Callable[[Json], Whole | Stream]
