"""The product's own simulator on a real socket, in a thread: the far end of an outage."""

import asyncio
import threading
from typing import Any

import httpx
import uvicorn

from controlplane.simulator.app import app
from controlplane.simulator.wire import OpenProtocol
from tests.sockets import listening_socket


class RunningSimulator:
    """As `python -m controlplane.simulator` runs it. Faults are scripted by its own endpoint."""

    def __init__(self) -> None:
        self._socket = listening_socket()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app, http=OpenProtocol, loop="asyncio", lifespan="off", log_level="critical"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def script(self, **fault: Any) -> dict[str, Any]:
        """From now on, this goes wrong."""
        answer = httpx.post(f"{self.url}/simulator/faults", json=fault)
        assert answer.status_code == 201, answer.text
        scripted: dict[str, Any] = answer.json()
        return scripted

    def reset(self) -> None:
        httpx.delete(f"{self.url}/simulator/faults").raise_for_status()

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=5)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))
