"""Reading the journal of a process that is gone."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from dataplane.metering.journal.folder import Folder
from dataplane.metering.journal.frames import INTENT, Damaged, contents


class _Record(msgspec.Struct):
    request_id: str


_record = msgspec.json.Decoder(_Record).decode
_intent = msgspec.json.Decoder(list[msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode


@dataclass(slots=True)
class Orphan:
    """What a dead process had on record: the settled calls, and those it had under way."""

    records: dict[str, bytes] = field(default_factory=dict)
    intents: dict[str, bytes] = field(default_factory=dict)
    set_aside: list[Path] = field(default_factory=list)
    """Where the parts of segments went that could not be read."""

    def take(self, kind: bytes, text: bytes) -> None:
        """One frame. A record settles the intent of its request."""
        if kind == INTENT:
            self.intents[_text(_intent(text)[0])] = text
        else:
            request_id = _record(text).request_id
            self.records[request_id] = text
            self.intents.pop(request_id, None)


def read(folder: Folder) -> Orphan:
    """Everything whole. What lies behind damage is copied to where a person finds it."""
    orphan = Orphan()
    for path in folder.segments:
        segment = path.read_bytes()
        try:
            for kind, text in contents(segment):
                orphan.take(kind, text)
        except Damaged as damage:
            name = f"{path.stem}-from-{damage.offset}.damaged"
            orphan.set_aside.append(folder.set_aside(name, segment[damage.offset :]))
    return orphan
