"""Writing the journal: a frame is with the operating system when `append` returns.

That survives the process, however it ends; `sync` brings it to the disk for the machine's sake, in
a thread and grouped, since a busy disk would hold up everything else. A segment goes when all its
records are in the books and all its intents are settled.
"""

import asyncio
import logging
import os
from pathlib import Path

from dataplane.metering.journal import frames
from dataplane.metering.journal.folder import Folder, create

log = logging.getLogger(__name__)


class JournalFull(Exception):
    """The disk took no more."""


class Segment:
    """One file of frames. `pending` counts what keeps it: open intents and records to book."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.size = 0
        self.pending = 0

    def write(self, data: bytes) -> None:
        """Writes all or nothing. Raises `OSError`."""
        written = os.write(self.descriptor, data)
        if written < len(data):
            os.ftruncate(self.descriptor, self.size)
            os.lseek(self.descriptor, self.size, os.SEEK_SET)
            raise OSError("the disk took only a part")
        self.size += written

    def sync(self) -> None:
        """In a thread of its own."""
        try:
            os.fdatasync(self.descriptor)
        except OSError as error:
            log.error("the journal could not be brought to the disk: %s", error.strerror)

    def close(self) -> None:
        os.close(self.descriptor)


class Journal:
    """This process's journal."""

    def __init__(self, root: Path, process_id: str, segment_bytes: int) -> None:
        self._segment_bytes = segment_bytes
        self._folder: Folder = create(root, process_id)
        self._number = 0
        self._segment: Segment | None = None
        self._open_intents: dict[str, Segment] = {}
        self._pending = 0
        self._unsynced: set[Segment] = set()

    @property
    def folder(self) -> Folder:
        return self._folder

    @property
    def is_pending(self) -> bool:
        """Whether anything in it is needed still."""
        return self._pending > 0

    def intend(self, request_id: str, intent: bytes) -> None:
        """Before a call is made upstream. Raises `JournalFull`."""
        segment = self._append(frames.INTENT, intent)
        earlier = self._open_intents.pop(request_id, None)
        self._open_intents[request_id] = segment
        if earlier is not None:
            self.done(earlier)

    def record(self, request_id: str, record: bytes) -> Segment:
        """Before the answer's last byte leaves; settles the intent. Raises `JournalFull`."""
        segment = self._append(frames.RECORD, record)
        self.settled(request_id)
        return segment

    def settled(self, request_id: str) -> None:
        """The intent needs no keeping: what became of it is on record."""
        if (intent := self._open_intents.pop(request_id, None)) is not None:
            self.done(intent)

    def done(self, segment: Segment) -> None:
        """One thing less keeps the segment; a full one that nothing keeps is removed."""
        self._pending -= 1
        segment.pending -= 1
        if segment.pending == 0 and segment is not self._segment:
            segment.path.unlink(missing_ok=True)

    async def sync(self, interval_seconds: float) -> None:
        """Brings what was written to the disk, every now and then, until cancelled."""
        while True:
            await asyncio.sleep(interval_seconds)
            unsynced, self._unsynced = self._unsynced, set()
            for segment in unsynced:
                await asyncio.to_thread(segment.sync)
                if segment is not self._segment and segment not in self._unsynced:
                    segment.close()

    def close(self) -> None:
        """Leaves nothing where nothing is pending; else an orphan for the next process to book."""
        for segment in {*self._unsynced, *([self._segment] if self._segment else [])}:
            segment.close()
        if self._pending:
            self._folder.leave()
        else:
            self._folder.remove()

    def _append(self, kind: bytes, text: bytes) -> Segment:
        data = frames.frame(kind, text)
        try:
            segment = self._room_for(len(data))
            segment.write(data)
        except OSError as error:
            raise JournalFull from error
        segment.pending += 1
        self._pending += 1
        self._unsynced.add(segment)
        return segment

    def _room_for(self, size: int) -> Segment:
        segment = self._segment
        if segment is not None and segment.size + size <= self._segment_bytes:
            return segment
        following = Segment(self._folder.segment_path(self._number + 1))
        try:
            following.write(frames.MARK)
        except OSError:
            following.close()
            following.path.unlink()
            raise
        self._number += 1
        self._segment = following
        if segment is not None:
            self._unsynced.add(segment)
            if segment.pending == 0:
                segment.path.unlink(missing_ok=True)
        return following
