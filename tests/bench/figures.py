"""What was measured: plain values, as they are written to the file."""

from dataclasses import dataclass, field

from tests.bench.percentiles import Spread


@dataclass(frozen=True)
class Load:
    """One measurement. Times are in milliseconds, from when a call was due."""

    right: int
    faults: dict[str, int]
    per_second: float
    latency_ms: Spread
    cpu_us_per_call: float | None
    cpu_share: float | None
    """How much of its core the gateway used; well below 1, something else was the limit."""
    lost_share: float | None
    """How much of its core anything else took: other programs, or the machine's host."""
    others_cpu_us_per_call: float
    """Of its processes beside the relay: databases, and what is scheduled."""
    sent_late_ms: Spread | None = None
    """How late the load generator itself sent the calls of an open loop."""


@dataclass(frozen=True)
class Streams:
    """Many streams at once, started one after the other, each at its own pace."""

    concurrent: int
    right: int
    faults: dict[str, int]
    pieces: int
    pieces_per_second: float
    first_piece_ms: Spread
    delay_ms: Spread
    """From the moment the stub made a piece until the client had it."""
    longest_gap_ms: float | None
    stalls: int
    """Streams that were silent for several times their pace."""
    cpu_us_per_piece: float | None

    @property
    def is_clean(self) -> bool:
        return not self.faults and not self.stalls


@dataclass
class Figures:
    """Everything about one gateway; `missing` says why there is nothing."""

    name: str
    version: str
    what: str
    missing: str | None = None
    first_start_seconds: float | None = None
    start_seconds: float | None = None
    peak_mib: float | None = None
    saturated: Load | None = None
    alone: Load | None = None
    at_rate: dict[int, Load] = field(default_factory=dict)
    short_streams: Load | None = None
    streams: list[Streams] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    connections: int = 0
    answered: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    """Wrong answers over everything, warming up included."""
    books_agree: bool | None = None
    """Whether each answer has one record, and the books add up; None where there are none."""

    @property
    def is_sound(self) -> bool:
        return not self.faults and self.books_agree is not False

    @property
    def most_streams(self) -> Streams | None:
        """The most streams that went without a fault or a stall, else the fewest tried."""
        clean = [tried for tried in self.streams if tried.is_clean]
        most = max(clean, key=lambda tried: tried.concurrent, default=None)
        return most or min(self.streams, key=lambda tried: tried.concurrent, default=None)
