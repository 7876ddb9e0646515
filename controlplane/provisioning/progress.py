"""How far a long apply has come, on the error stream: one line that is rewritten on a terminal."""

import time
from collections.abc import Callable
from typing import TextIO

TERMINAL_EVERY_SECONDS = 0.1
FILE_EVERY_SECONDS = 2.0

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is; 0 where nobody knows."""


def no_progress(what: str, done: int, total: int) -> None:
    """For whoever does not watch."""


class ShownProgress:
    """Lines on a stream: where something new begins, and now and then while it goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._every = TERMINAL_EVERY_SECONDS if self._is_terminal else FILE_EVERY_SECONDS
        self._what = ""
        self._shown_at = 0.0
        self._width = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what == self._what and done < total and now - self._shown_at < self._every:
            return
        self._what, self._shown_at = what, now
        text = f"{what}: {done:,} of {total:,}" if total else f"{what} …"
        if self._is_terminal:
            self._stream.write(f"\r{text.ljust(self._width)}")
            self._width = len(text)
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Clears a terminal's line for what comes after it."""
        if self._width:
            self._stream.write(f"\r{' ' * self._width}\r")
            self._stream.flush()
            self._width = 0
