"""What people see of a run while it goes on."""

import sys
import time

STARTED = time.monotonic()


def say(text: str) -> None:
    """A line of progress, on standard error: standard output is for results."""
    sys.stderr.write(f"[{time.monotonic() - STARTED:5.0f} s] {text}\n")
    sys.stderr.flush()


def show(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
