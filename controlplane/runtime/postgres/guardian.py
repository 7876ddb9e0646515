"""The parent of the embedded PostgreSQL: stops it as soon as nobody uses it any more.

Everyone who uses the server holds a shared lock on one file. The guardian waits for the exclusive
one, which the kernel grants when the last holder has let go or died, `kill -9` included; so the
server neither outlives its users nor stops under one of them. It runs as a script on its own,
without site-packages, and imports nothing of ours, to start in a few milliseconds.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

PR_SET_PDEATHSIG = 1
FAST_SHUTDOWN = signal.SIGINT
IMMEDIATE_SHUTDOWN = signal.SIGQUIT
SHUTDOWN_SECONDS_MAX = 60


def main(lock: str, uid: int, gid: int, command: list[str]) -> int:
    options: dict[str, object] = {}
    if uid != os.geteuid():
        options = {"user": uid, "group": gid, "extra_groups": []}
    # The only thread so far, so the child may run Python between fork and exec.
    server = subprocess.Popen(command, preexec_fn=_stop_with_parent, **options)  # type: ignore[call-overload]
    threading.Thread(target=_stop_when_unused, args=(lock, server), daemon=True).start()
    return int(server.wait())


def _stop_with_parent() -> None:
    """Linux only; elsewhere a killed guardian leaves its server to the next start."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, FAST_SHUTDOWN)


def _stop_when_unused(lock: str, server: "subprocess.Popen[bytes]") -> None:
    # Never closed: whoever wants the server back waits until this process is gone.
    descriptor = os.open(lock, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    server.send_signal(FAST_SHUTDOWN)
    try:
        server.wait(SHUTDOWN_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        server.send_signal(IMMEDIATE_SHUTDOWN)


def command_line(lock: Path, uid: int, gid: int, server: list[str]) -> list[str]:
    """How to run this file as a process of its own."""
    return [sys.executable, "-I", "-S", __file__, str(lock), str(uid), str(gid), *server]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
