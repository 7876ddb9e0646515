"""The answer to one call, judged while it arrives."""

import time
from array import array

from tests.bench import exchange
from tests.bench.exchange import Call

NANOSECONDS = 1e-9


class Reply:
    """What came back for a call, and when. `fault` stays None if it was right."""

    __slots__ = ("_data", "call", "due", "ended", "fault")

    def __init__(self, call: Call, due: float) -> None:
        self.call = call
        self.due = due
        self.ended = 0.0
        self.fault: str | None = None
        self._data = b""

    @property
    def latency(self) -> float:
        """Seconds since the call should have been sent, whenever it really was."""
        return self.ended - self.due

    def take(self, data: bytes) -> None:
        raise NotImplementedError

    def finish(self, status: int) -> None:
        """The answer is complete."""
        self.ended = time.monotonic()
        self.fault = f"status {status}" if status != 200 else self._fault()

    def fail(self, fault: str) -> None:
        """There will be no complete answer."""
        self.ended = time.monotonic()
        self.fault = fault

    def _fault(self) -> str | None:
        raise NotImplementedError


class WholeReply(Reply):
    """An answer in one piece, which must be that of its call."""

    __slots__ = ()

    def take(self, data: bytes) -> None:
        self._data = self._data + data if self._data else data

    def _fault(self) -> str | None:
        if exchange.answer_text(self.call.number) not in self._data:
            return "another answer"
        return None if self._data.endswith((b"}", b"}\n")) else "a cut answer"


class StreamReply(Reply):
    """A streamed answer: each piece in its place, none twice, and the end marker."""

    __slots__ = ("delays", "first", "last", "longest_gap", "pieces")

    def __init__(self, call: Call, due: float) -> None:
        super().__init__(call, due)
        self.pieces = 0
        self.first = 0.0
        self.last = 0.0
        self.longest_gap = 0.0
        self.delays = array("d")

    @property
    def first_piece_latency(self) -> float:
        return self.first - self.due

    @property
    def pace(self) -> float:
        """Pieces a second from the first to the last."""
        seconds = self.last - self.first
        return (self.pieces - 1) / seconds if seconds > 0 else 0.0

    def take(self, data: bytes) -> None:
        now_ns = time.monotonic_ns()
        data = self._data + data
        position = 0
        for found in exchange.TICK.finditer(data):
            number, place, sent_ns = found.groups()
            if int(number) != self.call.number or int(place) != self.pieces:
                self.fault = "pieces out of place"
            self._note(now_ns * NANOSECONDS, (now_ns - int(sent_ns)) * NANOSECONDS)
            position = found.end()
        # A piece, or the end marker, may be cut between two reads.
        self._data = data[max(position, len(data) - exchange.TICK_BYTES) :]

    def _note(self, now: float, delay: float) -> None:
        if self.pieces:
            self.longest_gap = max(self.longest_gap, now - self.last)
        else:
            self.first = now
        self.last = now
        self.pieces += 1
        self.delays.append(delay)

    def _fault(self) -> str | None:
        if self.fault is not None:
            return self.fault
        if self.pieces != self.call.pieces:
            return f"{self.pieces} pieces of {self.call.pieces}"
        return None if exchange.DONE.strip() in self._data else "no end marker"


def reply_to(call: Call, due: float) -> Reply:
    return StreamReply(call, due) if call.pieces else WholeReply(call, due)
