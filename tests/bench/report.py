"""The table, as Markdown: calls, streams, footprint, what is missing, and how to read it."""

from collections.abc import Callable, Iterable, Sequence

from tests.bench.comparison import streams_at
from tests.bench.figures import Figures, Load, Streams
from tests.bench.percentiles import Spread
from tests.bench.plan import Plan

NOTHING = "–"
FULL_CORE = 0.9
LOST_SHARE_SHOWN = 0.2
Row = Sequence[str]


class Report:
    """The figures of one run side by side."""

    def __init__(self, plan: Plan, direct: Figures, gateways: Sequence[Figures]) -> None:
        self._plan = plan
        self._direct = direct
        self._measured = [figures for figures in gateways if figures.missing is None]
        self._missing = [figures for figures in gateways if figures.missing is not None]
        self._purser = next((f for f in self._measured if f.name == "Purser"), None)

    def text(self, machine: str) -> str:
        parts = [
            "# Benchmark",
            machine,
            "## Calls, not streamed",
            self._calls(),
            "## Streams",
            self._streams(),
            "## Footprint",
            self._footprint(),
            *self._remarks(),
        ]
        return "\n\n".join(parts) + "\n"

    def _calls(self) -> str:
        plan = self._plan
        rates = [f"at {rate}/s" for rate in plan.rates]
        head = [
            "gateway",
            "connections",
            "calls/s",
            "Purser ÷ it",
            "CPU µs a call",
            *(f"added ms {load}: p50 / p95 / p99" for load in ["one at a time", *rates]),
        ]
        rows = [
            [
                figures.name,
                str(figures.connections),
                _throughput(figures.saturated),
                self._ratio(figures, lambda f: f.saturated),
                _number(figures.saturated.cpu_us_per_call if figures.saturated else None),
                *self._added_latencies(figures),
            ]
            for figures in [*self._measured, self._direct]
        ]
        return _table(head, rows)

    def _added_latencies(self, figures: Figures) -> list[str]:
        pairs = [(figures.alone, self._direct.alone)]
        pairs += [
            (figures.at_rate.get(rate), self._direct.at_rate.get(rate)) for rate in self._plan.rates
        ]
        return [_added(_latency(of), _latency(base), figures is self._direct) for of, base in pairs]

    def _streams(self) -> str:
        plan = self._plan
        head = [
            "gateway",
            f"streams/s ({plan.short_pieces} pieces)",
            "Purser ÷ it",
            "streams at once",
            "pieces/s",
            "faults",
            "stalls",
            "longest gap ms",
            "added ms to first piece: p50 / p95 / p99",
            "added ms a piece: p50 / p95 / p99",
            "CPU µs a piece",
        ]
        rows = [self._stream_row(figures) for figures in [*self._measured, self._direct]]
        return _table(head, rows)

    def _stream_row(self, figures: Figures) -> Row:
        most = figures.most_streams
        short = [
            figures.name,
            _throughput(figures.short_streams),
            self._ratio(figures, lambda f: f.short_streams),
        ]
        if most is None:
            return [*short, *([NOTHING] * 8)]
        base = streams_at(self._direct, most.concurrent)
        is_base = figures is self._direct
        return [
            *short,
            str(most.concurrent),
            _number(most.pieces_per_second),
            str(sum(most.faults.values())),
            str(most.stalls),
            _number(most.longest_gap_ms),
            _added(most.first_piece_ms, base.first_piece_ms if base else None, is_base),
            _added(most.delay_ms, base.delay_ms if base else None, is_base),
            _number(most.cpu_us_per_piece),
        ]

    def _footprint(self) -> str:
        head = ["gateway", "version", "peak MiB", "start s", "first start s", "what is on"]
        rows = [
            [
                figures.name,
                figures.version,
                _number(figures.peak_mib),
                _number(figures.start_seconds),
                _number(figures.first_start_seconds),
                figures.what,
            ]
            for figures in self._measured
        ]
        return _table(head, rows)

    def _remarks(self) -> Iterable[str]:
        lines = [
            f"* **{figures.name} is missing**: {figures.missing}." for figures in self._missing
        ]
        for figures in self._measured:
            lines += [f"* {figures.name}: {note}." for note in figures.notes]
            lines += [f"* {figures.name}: {_tried(tried)}." for tried in _failed(figures)]
            lines += [f"* {figures.name}: {lost}." for lost in _disturbed(figures)]
            if figures.faults:
                faults = ", ".join(f"{count} × {fault}" for fault, count in figures.faults.items())
                lines.append(f"* {figures.name}: wrong answers: {faults}.")
        if lines:
            yield "## Remarks"
            yield "\n".join(lines)
        yield (
            "Added: the percentile through the gateway minus the same one of the stub alone, in "
            "the same run; the row of the stub shows what is subtracted. Open loops count from the "
            "moment a call was due. ≥: the gateway's core was not full, so the limit was the load "
            "generator, the stub or a database; a million ÷ CPU µs a call is what the core can do."
        )

    def _ratio(self, figures: Figures, load: Callable[[Figures], Load | None]) -> str:
        ours, theirs = self._purser and load(self._purser), load(figures)
        if not ours or not theirs or not theirs.per_second:
            return NOTHING
        return f"{ours.per_second / theirs.per_second:.2g} ×"


def _throughput(load: Load | None) -> str:
    if load is None:
        return NOTHING
    is_limit = load.cpu_share is None or load.cpu_share >= FULL_CORE
    return f"{'' if is_limit else '≥ '}{_number(load.per_second)}"


def _latency(load: Load | None) -> Spread | None:
    return load.latency_ms if load else None


def _added(of: Spread | None, base: Spread | None, is_base: bool) -> str:
    if of is None or base is None:
        return NOTHING
    pairs = ((of.p50, base.p50), (of.p95, base.p95), (of.p99, base.p99))
    if is_base:
        return "(" + " / ".join(_number(value) for value, _ in pairs) + ")"
    return " / ".join(
        NOTHING if value is None or less is None else _number(value - less) for value, less in pairs
    )


def _failed(figures: Figures) -> list[Streams]:
    """Attempts at more streams than those in the table."""
    return [tried for tried in figures.streams if tried is not figures.most_streams]


def _disturbed(figures: Figures) -> Iterable[str]:
    lost = figures.saturated.lost_share if figures.saturated else None
    if lost is not None and lost > LOST_SHARE_SHOWN:
        yield f"**disturbed**: something else took {lost:.0%} of its core while it was saturated"


def _tried(tried: Streams) -> str:
    wrong = sum(tried.faults.values())
    return f"at {tried.concurrent} streams {tried.stalls} stalled and {wrong} were wrong"


def _number(value: float | None) -> str:
    if value is None:
        return NOTHING
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
