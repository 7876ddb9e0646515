"""The journal on a disk, whole, damaged, locked and full."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dataplane.metering.journal import folder, frames
from dataplane.metering.journal.folder import Folder
from dataplane.metering.journal.reader import read
from dataplane.metering.journal.writer import Journal, JournalFull


def record(number: int) -> bytes:
    return b'{"request_id":"req-%d"}' % number


def intent(number: int) -> bytes:
    return b'["req-%d","2026-11-21"]' % number


def orphan(root: Path) -> Folder:
    [found] = folder.orphans(root)
    return found


def test_what_was_written_is_read_and_a_record_settles_its_intent(tmp_path: Path):
    journal = Journal(tmp_path, "p1", 1 << 20)
    for number in range(3):
        journal.intend(f"req-{number}", intent(number))
    journal.record("req-1", record(1))
    journal.close()

    left = read(orphan(tmp_path))

    assert left.records == {"req-1": record(1)}
    assert left.intents == {"req-0": intent(0), "req-2": intent(2)}
    assert left.set_aside == []


def test_of_several_attempts_the_last_intent_counts(tmp_path: Path):
    journal = Journal(tmp_path, "p1", 1 << 20)
    journal.intend("req-1", b'["req-1","first"]')
    journal.intend("req-1", b'["req-1","second"]')
    journal.close()

    assert read(orphan(tmp_path)).intents == {"req-1": b'["req-1","second"]'}


def test_a_journal_in_use_is_nobodys_orphan(tmp_path: Path):
    journal = Journal(tmp_path, "p1", 1 << 20)

    assert list(folder.orphans(tmp_path)) == []
    journal.close()


def test_nothing_stays_of_a_journal_that_is_done_with(tmp_path: Path):
    journal = Journal(tmp_path, "p1", 1 << 20)
    journal.intend("req-1", intent(1))
    journal.done(journal.record("req-1", record(1)))
    journal.close()

    assert list(tmp_path.iterdir()) == []


def test_a_full_segment_goes_as_soon_as_nothing_in_it_is_needed(tmp_path: Path):
    journal = Journal(tmp_path, "p1", 200)
    segments = []
    for number in range(20):
        journal.intend(f"req-{number}", intent(number))
        segments.append(journal.record(f"req-{number}", record(number)))
    assert len(journal.folder.segments) > 5

    for segment in segments:
        journal.done(segment)

    assert len(journal.folder.segments) == 1
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_an_open_intent_keeps_its_segment(tmp_path: Path):
    journal = Journal(tmp_path, "p1", 200)
    journal.intend("slow", b'["slow"]')
    for number in range(20):
        journal.done(journal.record(f"req-{number}", record(number)))
    journal.close()

    assert list(read(orphan(tmp_path)).intents) == ["slow"]


def full(descriptor: int, data: bytes) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def partly(descriptor: int, data: bytes) -> int:
    return real_write(descriptor, data[: len(data) // 2])


real_write = os.write


@pytest.mark.parametrize("failure", [full, partly])
def test_a_full_disk_is_said_and_what_is_written_stays_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Callable[[int, bytes], int]
):
    journal = Journal(tmp_path, "p1", 1 << 20)
    journal.record("req-1", record(1))
    with monkeypatch.context() as patch:
        patch.setattr("dataplane.metering.journal.writer.os.write", failure)
        with pytest.raises(JournalFull):
            journal.record("req-2", record(2))
    journal.record("req-3", record(3))
    journal.close()

    left = read(orphan(tmp_path))
    assert list(left.records) == ["req-1", "req-3"]
    assert left.set_aside == []


def test_a_full_disk_at_a_new_segment_leaves_no_half_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    journal = Journal(tmp_path, "p1", 100)
    with monkeypatch.context() as patch:
        patch.setattr("dataplane.metering.journal.writer.os.write", full)
        for _ in range(3):
            with pytest.raises(JournalFull):
                journal.record("req-1", record(1))
    journal.record("req-2", record(2))
    journal.close()

    assert list(read(orphan(tmp_path)).records) == ["req-2"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[:-30],
        lambda data: data + b"\x00" * 4096,
        lambda data: data + b"\xff" * 7,
        lambda data: data[:-3] + b"XYZ",
        lambda data: b"OTHER1\n" + data,
        lambda data: b"",
    ],
)
def test_damage_is_set_aside_whole(tmp_path: Path, damage: Callable[[bytes], bytes]):
    segment = frames.MARK + b"".join(frames.frame(frames.RECORD, record(n)) for n in range(3))
    folder.create(tmp_path, "p1").leave()
    damaged = damage(segment)
    (tmp_path / "p1" / "00000001.segment").write_bytes(damaged)

    left = read(orphan(tmp_path))

    [kept] = left.set_aside
    whole = b"".join(frames.frame(frames.RECORD, text) for text in left.records.values())
    mark = frames.MARK if damaged.startswith(frames.MARK) else b""
    assert mark + whole + kept.read_bytes() == damaged
    assert oct(kept.stat().st_mode & 0o077) == "0o0"
