"""What a measurement adds up: the latencies of right answers, and the faults of the others."""

from array import array
from collections import Counter

from tests.bench.load.replies import Reply, StreamReply


class Tally:
    """Only right answers count; a wrong one is neither throughput nor latency."""

    def __init__(self) -> None:
        self.latencies = array("d")
        self.ended = array("d")
        self.faults: Counter[str] = Counter()
        self.first_pieces = array("d")
        self.delays = array("d")
        self.longest_gaps = array("d")
        self.pieces = 0
        self.pace = 0.0
        """Pieces a second while all streams were open: the sum of each one's own."""

    @property
    def right(self) -> int:
        return len(self.latencies)

    @property
    def wrong(self) -> int:
        return self.faults.total()

    def add(self, reply: Reply) -> None:
        if reply.fault is not None:
            self.faults[reply.fault] += 1
            return
        self.latencies.append(reply.latency)
        self.ended.append(reply.ended)
        if isinstance(reply, StreamReply):
            self._add_stream(reply)

    def ended_by(self, moment: float) -> int:
        """How many right answers were complete at that moment (monotonic seconds)."""
        return sum(1 for ended in self.ended if ended <= moment)

    def _add_stream(self, reply: StreamReply) -> None:
        self.first_pieces.append(reply.first_piece_latency)
        self.delays.extend(reply.delays)
        self.longest_gaps.append(reply.longest_gap)
        self.pieces += reply.pieces
        self.pace += reply.pace
