"""Answers that are made while they are read."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse


def file_response(
    chunks: Iterator[bytes], *, name: str, content_type: str
) -> StreamingHttpResponse:
    """A file to be saved under a name."""
    return StreamingHttpResponse(
        _as_asked_for(chunks),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _as_asked_for(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Makes a chunk when the server takes it, in the thread that has the database connection."""
    next_chunk = sync_to_async(lambda: next(chunks, None))
    while (chunk := await next_chunk()) is not None:
        yield chunk
