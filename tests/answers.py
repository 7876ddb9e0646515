"""What answers say, however they are sent and packed."""

import io
import zipfile
from typing import Any

from asgiref.sync import async_to_sync


def text_of(answer: Any) -> str:
    """Of a file that is packed, all that is in it."""
    content = _read(answer)
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return "\n".join(packed.read(name).decode(errors="replace") for name in packed.namelist())


def _read(answer: Any) -> bytes:
    if not answer.streaming:
        return bytes(answer.content)
    if not answer.is_async:
        return b"".join(answer.streaming_content)

    async def joined() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return async_to_sync(joined)()
