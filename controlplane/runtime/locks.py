"""Locks between processes: `flock` on a file, which the kernel frees when a process dies."""

import fcntl
import os
from pathlib import Path


class FileLock:
    """One process's hold on a lock file: shared with others, exclusive, or none."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def share(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def exclude(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def try_to_share(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    def try_to_exclude(self) -> bool:
        """May give up a shared hold even where it fails: the kernel's conversion is not atomic."""
        return self._try(fcntl.LOCK_EX)

    def release(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._descriptor)

    def _try(self, operation: int) -> bool:
        try:
            fcntl.flock(self._descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
