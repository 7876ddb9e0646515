"""A data plane to test against: the real application on a real socket, in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import uvicorn

from dataplane.app import create_app
from dataplane.corked import CorkedProtocol
from dataplane.gateway import Gateway
from dataplane.media.fetcher import MediaFetcher
from dataplane.settings import Settings
from tests.sockets import listening_socket

START_SECONDS = 15

_running: "set[Plane]" = set()


def booked() -> Any:
    """The usage records, once every running data plane has flushed what it had."""
    from controlplane.usage.models import UsageRecord  # needs the apps, which conftest sets up

    for plane in list(_running):
        plane.wait_until_flushed()
    return UsageRecord.objects


class Plane:
    """One running data plane. `settings` are overrides by name; `media` fetches for it."""

    def __init__(self, *, media: MediaFetcher | None = None, **settings: Any) -> None:
        self.gateway = Gateway(replace(Settings.from_env(), **settings), media=media)
        self._socket = listening_socket()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            create_app(self.gateway),
            log_config=None,
            lifespan="on",
            loop="uvloop",
            http=CorkedProtocol,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.wait_until_ready()
        _running.add(self)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def wait_until_ready(self) -> None:
        transport = httpx.HTTPTransport(retries=10)
        with httpx.Client(transport=transport, timeout=START_SECONDS) as client:
            for _ in range(START_SECONDS * 50):
                if client.get(f"{self.url}/readyz").status_code == 200:
                    return
                threading.Event().wait(0.02)
        raise AssertionError("the data plane did not become ready")

    def stop(self) -> None:
        _running.discard(self)
        self._server.should_exit = True
        self._thread.join(timeout=START_SECONDS)
        assert not self._thread.is_alive(), "the data plane did not stop"

    def wait_for_catalog(self, model: str) -> None:
        """Until the announced configuration has arrived, however busy the machine is."""
        for _ in range(START_SECONDS * 100):
            if model in self.gateway.catalog.models:
                return
            threading.Event().wait(0.01)
        raise AssertionError(f"{model} did not become callable")

    def wait_until_flushed(self) -> None:
        """Until all that was answered is in the books."""
        self.wait_until(lambda: not self.gateway.books.pending)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        for _ in range(START_SECONDS * 100):
            if holds():
                return
            threading.Event().wait(0.01)
        raise AssertionError("something waits for the database")
