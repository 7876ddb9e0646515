"""The recorded provider exchanges in `../shared/recorded`, and ways to cut their bytes up."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "shared" / "recorded" / "dev.jsonl"

Recording = dict[str, Any]


def load(wanted: Callable[[Recording], bool]) -> list[Recording]:
    """The recordings that are wanted; none where the folder is absent."""
    if not FILE.exists():
        return []
    with FILE.open() as lines:
        return [record for line in lines if wanted(record := json.loads(line))]


def parameters(wanted: Callable[[Recording], bool]) -> list[Any]:
    """For `parametrize`; where there are no recordings, one skipped case that says so."""
    found = load(wanted)
    if not found:
        reason = "the recorded exchanges are not beside this checkout"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="absent")]
    return [pytest.param(record, id=f"{record['vendor']}-{record['id']}") for record in found]


def body_of(record: Recording) -> bytes:
    if record.get("response_body_b64"):
        return base64.b64decode(record["response_body_b64"])
    return (record["response_body"] or "").encode()


def uncut(body: bytes) -> list[bytes]:
    return [body]


def by_event(body: bytes) -> list[bytes]:
    return re.split(rb"(?<=\n\n)|(?<=\r\n\r\n)", body)


def by_prime(body: bytes) -> list[bytes]:
    """Seven bytes a piece: through UTF-8 sequences, line ends and everything else."""
    return [body[start : start + 7] for start in range(0, len(body), 7)]


def at_awkward_places(body: bytes) -> list[bytes]:
    """Cut inside every CR LF and every multi-byte character, and nowhere else."""
    return list(_split(body, _awkward(body)))


def _awkward(body: bytes) -> Iterator[int]:
    for place in range(1, len(body)):
        inside_character = body[place] & 0xC0 == 0x80
        inside_line_end = body[place - 1 : place + 1] in (b"\r\n", b"\n\n")
        if inside_character or inside_line_end:
            yield place


def _split(body: bytes, places: Iterator[int]) -> Iterator[bytes]:
    start = 0
    for place in places:
        yield body[start:place]
        start = place
    yield body[start:]


CUTS = [uncut, by_event, by_prime, at_awkward_places]
