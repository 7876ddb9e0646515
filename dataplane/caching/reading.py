"""Reads that are not waited for longer than a miss is worth."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import psycopg

from dataplane.contract.credentials import CredentialUnreadable
from dataplane.database import DATABASE_GONE

log = logging.getLogger(__name__)

READS_MAX = 64
"""As many may wait for the database; whoever comes then is not kept waiting."""

Found = TypeVar("Found")


class Reading:
    """The reads of one process that are under way."""

    def __init__(self, is_gone: Callable[[], bool], seconds_max: float) -> None:
        """`is_gone` says whether the database is known not to answer."""
        self._is_gone = is_gone
        self._seconds_max = seconds_max
        self._tasks: set[asyncio.Task[Any]] = set()

    async def bounded(self, read: Coroutine[Any, Any, Found]) -> Found | None:
        """None for whatever goes wrong. What takes too long goes on by itself."""
        if self._is_gone() or len(self._tasks) >= READS_MAX:
            read.close()
            return None
        task = asyncio.create_task(_quietly(read))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait({task}, timeout=self._seconds_max)
        return task.result() if done else None


async def _quietly(read: Coroutine[Any, Any, Found]) -> Found | None:
    try:
        return await read
    except (*DATABASE_GONE, psycopg.Error, CredentialUnreadable) as error:
        log.warning("the cache could not be read: %s", type(error).__name__)
        return None
