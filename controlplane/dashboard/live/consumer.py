"""The socket of a live page: it tells, at most once a second, what its viewer may see.

It hears nothing: whatever is sent to it ends it.
"""

import asyncio
import contextlib
import time
from typing import Any

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.sessions.backends.db import SessionStore
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone as clock

from controlplane.accounts.models import Member
from controlplane.accounts.permissions import Principal, Resource, may_read, principal_of
from controlplane.accounts.sign_in.second_factors import has_one, is_required_of
from controlplane.accounts.sign_in.sessions import is_over
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.live.listener import listener
from controlplane.dashboard.live.update import update_since
from controlplane.errors import DomainError

SOCKETS_MAX = 50
EVERY_SECONDS = 1.0
# Figures move on, and rights may end, when nothing is booked, too.
AT_LEAST_SECONDS = 10.0
QUERY_MAX = 4096
SIGNED_OUT, NOT_UNDERSTOOD, FULL = 4401, 4400, 4503


class LiveConsumer(AsyncWebsocketConsumer):
    """One viewer's socket; whom it shows what is asked anew for each update."""

    async def connect(self) -> None:
        self._task: asyncio.Task[None] | None = None
        text = self.scope["query_string"][: QUERY_MAX + 1]
        if await self._viewer() is None or len(text) > QUERY_MAX:
            await self.close(SIGNED_OUT)
            return
        await self.accept()
        if listener.count >= SOCKETS_MAX:
            await self.close(FULL)
            return
        query = Query.read(QueryDict(text))
        self._cursor = query.first("since")
        self._query = query.having({"since": None})
        self._task = asyncio.create_task(self._tell())

    async def disconnect(self, code: int) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
        await self.close(NOT_UNDERSTOOD)

    async def _tell(self) -> None:
        woken = listener.join()
        try:
            while (viewer := await self._viewer()) is not None:
                woken.clear()
                await self.send(await database_sync_to_async(self._update)(viewer))
                await asyncio.sleep(EVERY_SECONDS)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AT_LEAST_SECONDS):
                        await woken.wait()
            await self.close(SIGNED_OUT)
        except DomainError:
            await self.close(NOT_UNDERSTOOD)
        finally:
            listener.leave(woken)

    def _update(self, viewer: Principal) -> str:
        told = update_since(self._query, viewer, clock.now(), self._cursor)
        self._cursor = told.cursor
        return render_to_string("dashboard/live/update.html", {"live": told})

    async def _viewer(self) -> Principal | None:
        """Whoever signed in, as long as the session lasts and they may look."""
        session = SessionStore(self.scope["session"].session_key)
        member = await get_user({**self.scope, "session": session})
        return await database_sync_to_async(_seeing)(member, session)


def _seeing(member: Any, session: SessionStore) -> Principal | None:
    """The same conditions as a page's middleware has."""
    if not isinstance(member, Member) or is_over(session, int(time.time())):
        return None
    if is_required_of(member) and not has_one(member):
        return None
    viewer = principal_of(member)
    return viewer if may_read(viewer, Resource.USAGE) else None
