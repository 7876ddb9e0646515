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
        super().__init__(answer.status, stream=answer)
        self.headers = LateHeaders(answer.headers)

    async def aclose(self) -> None:
        self.is_closed = True
        await self.stream.aclose()
