"""httpx's response, without what makes it slow to build."""

from typing import Any

import httpx

from dataplane.upstream.transport.answer import Answer


class LateHeaders(httpx.Headers):
    """Built when somebody looks at them, which of most answers nobody does."""

    def __init__(self, fields: list[tuple[bytes, bytes]]) -> None:
        self._fields = fields

    def __getattr__(self, name: str) -> Any:
        """What httpx keeps in itself is missing at the first look, and only then."""
        fields = self.__dict__.pop("_fields", None)
        if fields is None:
            raise AttributeError(name)
        super().__init__(fields)
        return getattr(self, name)


class Response(httpx.Response):
    """An answer whose head is there. Its `stream` gives the body as it arrives."""

    stream: httpx.AsyncByteStream

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.headers = LateHeaders(answer.headers)
        self.stream = answer
        self.extensions = {}
        self.history = []
        self.is_closed = False
        self.is_stream_consumed = False
        self._num_bytes_downloaded = 0

    async def aclose(self) -> None:
        self.is_closed = True
        await self.stream.aclose()
