"""Waiting until a process answers 200 on its readiness path."""

import asyncio
from collections.abc import Iterable
from urllib.parse import urlsplit

RETRY_SECONDS = 0.05
ANSWER_SECONDS_MAX = 30.0
STATUS_LINE_BYTES_MAX = 4096


async def wait_until_ready(urls: Iterable[str]) -> None:
    """Returns when a GET of each is answered with 200; how long to wait is the caller's choice."""
    await asyncio.gather(*map(_wait_for, urls))


async def _wait_for(url: str) -> None:
    status = await _status(url)
    while status != 200:
        await asyncio.sleep(RETRY_SECONDS)
        status = await _status(url)


async def _status(url: str) -> int | None:
    """The status of one GET. A listener whose process is still starting answers a little later."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await _get(url)
    except (OSError, TimeoutError, ValueError, IndexError):
        return None


async def _get(url: str) -> int:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        await writer.drain()
        line = await reader.readuntil(b"\r\n")
        return int(line[:STATUS_LINE_BYTES_MAX].split()[1])
    finally:
        writer.close()
