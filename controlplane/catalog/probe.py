"""Looking at a provider with its stored credential, by the data plane's own program for it.

How providers are spoken to is the data plane's to know; what is asked for here is its verdict.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from controlplane.catalog.models import Provider
from controlplane.errors import Conflict

PROGRAM = "dataplane.probe"
ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_MAX = 30.0
OUTPUT_BYTES_MAX = 256 * 1024
# Each is a process of its own, and keeps its caller waiting.
AT_ONCE_MAX = 4

_free = threading.BoundedSemaphore(AT_ONCE_MAX)


def look_at(provider: Provider, model: str | None = None) -> dict[str, Any]:
    """What `python -m dataplane.probe` finds out. Raises `Conflict` when it cannot look now."""
    if not _free.acquire(blocking=False):
        raise Conflict("busy", "Other providers are being tested just now: try again shortly.")
    try:
        report = json.loads(_run([provider.id, *([f"--model={model}"] if model else [])]))
    except ValueError:
        raise Conflict("test_failed", "The test came to no end: see the log.") from None
    finally:
        _free.release()
    found: dict[str, Any] = report
    return found


def _run(arguments: list[str]) -> bytes:
    """What it prints, as far as it got in the time it has. It may complain on our stderr."""
    command = [sys.executable, "-m", PROGRAM, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        timer = threading.Timer(SECONDS_MAX, process.kill)
        timer.start()
        try:
            assert process.stdout is not None
            return process.stdout.read(OUTPUT_BYTES_MAX)
        finally:
            timer.cancel()
            process.kill()
