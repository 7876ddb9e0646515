"""Listening sockets, opened here and passed down: no connection is lost with a dead process."""

import errno
import socket

from controlplane.runtime.problem import CannotStart

BACKLOG = 2048
REASONS = {
    errno.EADDRINUSE: "is already in use",
    errno.EACCES: "may not be opened by this user",
    errno.EADDRNOTAVAIL: "cannot be opened, because this machine has no such address",
}


def listen(host: str, port: int, purpose: str) -> socket.socket:
    """A listening socket; port 0 takes any that is free."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (socket.gaierror, OverflowError) as error:
        raise CannotStart(f"{host}:{port} is no address to listen on ({purpose}).") from error
    except OSError as error:
        reason = REASONS.get(error.errno or 0, f"cannot be opened: {error.strerror}")
        raise CannotStart(f"Port {port} on {host} ({purpose}) {reason}.") from error


def url(listener: socket.socket) -> str:
    """Where a client on this machine finds the listener."""
    host, port = listener.getsockname()[:2]
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{local}:{port}"
