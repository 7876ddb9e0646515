"""Where journals live: a folder for each process, locked for as long as the process lives.

    ROOT/<process>/lock, ROOT/<process>/00000001.segment, …
    ROOT/set-aside/…                    what could not be read or booked, for a person to look at

The lock is the operating system's: it is gone with the process, however it ends, and tells
whoever looks that the journal is orphaned.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

LOCK = "lock"
SEGMENTS = "*.segment"
SET_ASIDE = "set-aside"
HIDDEN = "."


class Folder:
    """One process's folder, with its lock held."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @property
    def process_id(self) -> str:
        return self.path.name

    @property
    def segments(self) -> list[Path]:
        return sorted(self.path.glob(SEGMENTS))

    def segment_path(self, number: int) -> Path:
        return self.path / f"{number:08d}.segment"

    def set_aside(self, name: str, content: bytes) -> Path:
        """Keeps bytes that nobody could book where a person finds them."""
        shelf = self.path.parent / SET_ASIDE
        shelf.mkdir(mode=0o700, exist_ok=True)
        path = shelf / f"{self.process_id}-{name}"
        path.touch(mode=0o600)
        path.write_bytes(content)
        return path

    def remove(self) -> None:
        """Everything in it is in the books."""
        shutil.rmtree(self.path)
        self.leave()

    def leave(self) -> None:
        """Lets go of the lock; whoever comes next finds an orphan."""
        os.close(self._lock)


def create(root: Path, process_id: str) -> Folder:
    """A new folder, locked before anyone can see it. Raises `OSError`."""
    unseen, path = root / f"{HIDDEN}{process_id}", root / process_id
    unseen.mkdir(mode=0o700, parents=True)
    lock = _lock(unseen)
    assert lock is not None, "nobody else looks for hidden folders"
    unseen.rename(path)
    return Folder(path, lock)


def orphans(root: Path) -> Iterator[Folder]:
    """The folders whose process is gone, locked by us as they come."""
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.name == SET_ASIDE or path.name.startswith(HIDDEN) or not path.is_dir():
            continue
        if (lock := _lock(path)) is not None:
            yield Folder(path, lock)


def _lock(path: Path) -> int | None:
    """The lock of a folder, or None where someone else has it, or it has just gone."""
    try:
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    if not path.exists():
        os.close(lock)
        return None
    return lock
