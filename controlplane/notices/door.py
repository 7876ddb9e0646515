"""The program through which every notice leaves: `python -m controlplane.notices.door`.

It reads one JSON order on standard input and answers a JSON line for each message, up to the first
that is not delivered. Whatever a library does here, no socket is connected to an address that is
not public or allowed: the interpreter's own audit hook refuses it at the moment of connecting, so
neither names that change nor redirects lead inside. No Django, no database, no environment.
"""

import http.client
import json
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from dataplane.contract.addresses import is_public

MESSAGE_SECONDS_MAX = 10
ANSWER_BYTES_MAX = 1024
INSIDE = "This address is not on the public internet."
SCHEMES = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
# What Apprise does on this machine, and sends nowhere.
LOCAL = frozenset({"dbus", "glib", "gnome", "kde", "macosx", "qt", "smpp", "syslog", "windows"})
OK = range(200, 300)


class Refused(Exception):
    """What is not done, in words for whoever configured it."""


def guard(allowed: Sequence[str]) -> Callable[[str], None]:
    """Refuses connections to the inside from now on; answers what checks one address."""
    networks = [ip_network(each) for each in allowed]

    def check(address: str) -> None:
        try:
            found = ip_address(address)
        except ValueError:
            raise Refused(INSIDE) from None
        if not is_public(found) and not any(found in each for each in networks):
            raise Refused(INSIDE)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            target = arguments[1]
            check(str(target[0]) if isinstance(target, tuple) else "")
        elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
            raise Refused("No program is started for a notice.")

    sys.addaudithook(hook)
    return check


def look(order: dict[str, Any], check: Callable[[str], None]) -> dict[str, Any]:
    """Whether a destination may be one, and what may be shown of it. Raises `Refused`."""
    url = str(order["url"])
    if order["kind"] == "webhook":
        scheme, host, port, _ = _parts(url)
        for address in _addresses(host, port):
            check(address)
        return {"destination": f"{scheme}://{host}"}
    plugin = _plugin(url)
    for name in ("host", "smtp_host"):
        if named := getattr(plugin, name, None):
            for address in _addresses(str(named), 443, may_be_none=True):
                check(address)
    return {"destination": f"{url.partition('://')[0].lower()[:30]}://…"}


def send(message: dict[str, Any]) -> None:
    """Raises `Refused`, `OSError` or `HTTPException` if it is not delivered."""
    if message["kind"] == "apprise":
        if not _plugin(message["url"]).notify(title=message["title"], body=message["body"]):
            raise Refused("The service did not take it.")
        return
    scheme, host, port, path = _parts(message["url"])
    connection = SCHEMES[scheme](host, port, timeout=MESSAGE_SECONDS_MAX)
    try:
        connection.request("POST", path, message["body"].encode(), message["headers"])
        answer = connection.getresponse()
        answer.read(ANSWER_BYTES_MAX)
    finally:
        connection.close()
    if answer.status not in OK:
        moved = "; redirects are not followed" if answer.status in range(300, 400) else ""
        raise Refused(f"It answered {answer.status}{moved}.")


def tried(message: dict[str, Any]) -> dict[str, Any]:
    """What became of one message, within its time."""
    began, error = time.monotonic(), ""
    signal.setitimer(signal.ITIMER_REAL, MESSAGE_SECONDS_MAX)
    try:
        send(message)
    except Refused as refusal:
        error = str(refusal)
    except (OSError, http.client.HTTPException) as failure:
        error = f"It could not be reached: {type(failure).__name__}."
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"error": error, "took_ms": int((time.monotonic() - began) * 1000)}


def main() -> None:
    signal.signal(signal.SIGALRM, _too_long)
    order = json.load(sys.stdin)
    check = guard(order["allowed"])
    if "messages" not in order:
        try:
            _say({"error": "", **look(order, check)})
        except Refused as refusal:
            _say({"error": str(refusal)})
        return
    for message in order["messages"]:
        outcome = tried(message)
        _say(outcome)
        if outcome["error"]:
            return


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _too_long(*_: Any) -> None:
    raise TimeoutError


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, and path with query. Raises `Refused`."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Refused("This is no URL.") from None
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in SCHEMES or not parts.hostname or not is_plain:
        raise Refused("Must be a URL such as https://example.com/hook.")
    if parts.username is not None or parts.fragment:
        raise Refused("Must have neither a user nor a fragment: notices are signed.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, parts.hostname, port, path


def _addresses(host: str, port: int, *, may_be_none: bool = False) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        if may_be_none:
            return []  # of many services it is a part of a token
        raise Refused("This host cannot be found.") from None
    return [str(entry[4][0]) for entry in found]


def _plugin(url: str) -> Any:
    from apprise import Apprise  # takes a second, which webhooks need not wait for

    if url.partition("://")[0].lower() in LOCAL:
        raise Refused("This service is one of the machine itself.")
    plugin = Apprise.instantiate(url, suppress_exceptions=True)
    if plugin is None:
        raise Refused("This is no URL that Apprise knows.")
    return plugin


if __name__ == "__main__":
    main()
