"""Where all processes' lines come together: one terminal (or pipe), a name before every line.

A reader that does not read must never stop the gateway. So a thread writes, behind a queue that
drops what does not fit and says how much it was.
"""

import logging
import queue
import sys
import threading
from typing import TextIO

LINES_MAX = 10_000
NAME_WIDTH = 9
CLOSE_SECONDS_MAX = 2.0


class Output:
    """A bounded queue of lines and the thread that writes them."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(LINES_MAX)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_lines, daemon=True)
        self._thread.start()

    def write(self, name: str, line: str) -> None:
        try:
            self._lines.put_nowait(f"{name:<{NAME_WIDTH}} | {line}\n")
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Writes what is left, unless nobody reads it."""
        try:
            self._lines.put(None, timeout=CLOSE_SECONDS_MAX)
        except queue.Full:
            return
        self._thread.join(CLOSE_SECONDS_MAX)

    def _write_lines(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                line = f"({dropped} lines dropped: they were not read in time)\n{line}"
            try:
                self._stream.write(line)
                self._stream.flush()
            except (OSError, ValueError):
                return


class OutputHandler(logging.Handler):
    """Our own log records, among the children's lines."""

    def __init__(self, output: Output, name: str) -> None:
        super().__init__()
        self._output = output
        self._line_name = name

    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).splitlines():
            self._output.write(self._line_name, line)
