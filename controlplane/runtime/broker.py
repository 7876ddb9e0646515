"""Celery's broker, where it is a Redis: does it answer?"""

import socket
from urllib.parse import urlsplit

from controlplane.runtime.problem import CannotStart

CONNECT_SECONDS_MAX = 5.0
DEFAULT_PORT = 6379


def check_reachable(redis_url: str) -> None:
    """Raises `CannotStart` where nothing listens; an empty URL, or a socket's, is not tried."""
    parts = urlsplit(redis_url)
    if parts.hostname is None:
        return
    try:
        address = (parts.hostname, parts.port or DEFAULT_PORT)
        socket.create_connection(address, CONNECT_SECONDS_MAX).close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no answer"
        raise CannotStart(f"The Redis that REDIS_URL names cannot be reached: {reason}.") from error
