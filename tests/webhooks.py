"""A receiver of webhooks on a real socket, which can be down, fail, or hang; and its verifier."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`received` are the messages that it took, `ids` of all that it saw."""

    port: int = 0
    status: int = 200
    hangs: bool = False
    location: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    raw: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def start(self) -> "Receiver":
        receiver = self
        self._go_on = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._take(headers, body)
                if receiver.hangs:
                    receiver._go_on.wait(60)
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("location", receiver.location)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def stop(self) -> None:
        """Down: connections are refused until it is started again."""
        self._go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?room=1"

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        self.ids.append(headers.get("webhook-id", ""))
        if self.status < 300 and not self.hangs:
            self.raw.append((headers, body))
            self.received.append(json.loads(body))


def is_genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver would, from what the README says and nothing of ours."""
    key = base64.b64decode(secret[len("whsec_") :])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(headers["webhook-signature"], f"v1,{expected}")
