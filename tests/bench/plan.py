"""How much is measured: short by default, longer on demand."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """The loads that every gateway gets, as far as it can bear them."""

    seconds: float = 4.0
    connections: int = 64
    few_connections: int = 8
    """For gateways that stop answering at more, or would need minutes for a round of them."""
    slow_below_per_second: float = 200.0
    rates: tuple[int, ...] = (20, 500, 2000)
    rate_share_max: float = 0.7
    """An open loop is only tried below this share of what the gateway can do at all."""
    short_pieces: int = 20
    streams: tuple[int, ...] = (1000, 250, 50, 10)
    stream_pieces: int = 30
    stream_pause_ms: int = 200
    stream_ramp_seconds: float = 2.0
    stalled_after_ms: float = 500.0

    @property
    def pieces_per_second_each(self) -> float:
        return 1000 / self.stream_pause_ms
