"""A far end that says a few bytes of HTTP and then goes, with or without a goodbye."""

import contextlib
import socket
import threading

from tests.fakes.raw_server import RESET_ON_CLOSE
from tests.sockets import listening_socket

SECONDS_MAX = 10


class RudeServer:
    """Answers every connection with the same bytes; resets it if it is to be rude."""

    def __init__(self, says: bytes, *, resets: bool) -> None:
        self.connections = 0
        self._says = says
        self._resets = resets
        self._socket = listening_socket()
        self._socket.listen()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(SECONDS_MAX)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(ConnectionError):
            connection.settimeout(SECONDS_MAX)
            received = b""
            while not received.endswith(b"}"):  # of the request's body
                received += connection.recv(65536)
            connection.sendall(self._says)
            if self._resets:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
