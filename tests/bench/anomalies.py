"""`python -m tests.bench anomalies`: what the detector finds in made traffic, and how fast."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median

import numpy as np

from billing.anomalies.causes import Sign, join, what_changed
from billing.anomalies.events import Kind
from billing.anomalies.floors import FLOORS
from billing.anomalies.grid import Grid
from billing.anomalies.monitor import Monitor, Watch
from billing.anomalies.places import Place
from billing.differences import Consumed, Split, split
from tests.seasonal_traffic import (
    DAY,
    HOUR,
    SLOT_SECONDS,
    START,
    WEEK,
    Label,
    Traffic,
    traffic,
)

WEEKS = 8
FIRST_JUDGED = 4 * WEEK
USUAL_REQUESTS_MIN = 120  # in two hours: three times less is not to be told from chance
STEADY = ("office", "round the clock", "evening")
CAUSES = {
    "spike": "requests",
    "retry loop": "retries",
    "model switch": "mix",
    "longer prompts": "tokens",
    "silence": "silence",
}


@dataclass
class Found:
    """Of some events of one kind: how many were found, how late, and whether rightly named."""

    kind: str
    tried: int = 0
    found: int = 0
    named: int = 0
    minutes: list[float] = field(default_factory=list)

    def row(self) -> str:
        late = f"{median(self.minutes):.0f}" if self.minutes else "-"
        named = f"{self.named}/{self.found}"
        return f"| {self.kind} | {self.found}/{self.tried} | {late} | {named} |"


def series(one: Traffic, measure: str) -> list[float | None]:
    if measure == "tokens_per_request":
        answered = one.requests - one.refusals
        ratio = np.divide(one.tokens, answered, out=np.zeros_like(answered), where=answered > 0)
        return [value if value else None for value in ratio.tolist()]
    return getattr(one, measure).tolist()


def signs(one: Traffic, place: Place, measures: tuple[str, ...], end: int) -> Iterator[Sign]:
    """Of the traffic up to slot `end`."""
    for measure in measures:
        grid = Grid.of(int(START.timestamp()), SLOT_SECONDS, series(one, measure)[:end])
        for event in Monitor(grid, Watch(floors=FLOORS[measure])).run():
            yield Sign(place, measure, event)


def slot_of(sign: Sign) -> int:
    return int(sign.event.at - START.timestamp()) // SLOT_SECONDS


def spikes(seeds: range) -> Found:
    """Three times the usual for two hours, on steady keys at an hour with some traffic."""
    found = Found("3x in 2 h")
    for seed, begin in _places(seeds):
        one = traffic(seed, WEEKS, (Label("spike", begin, begin + 2 * HOUR),))
        place = Place.of(customer="c", virtual_key=one.name)
        seen = [
            slot_of(sign) + 1 - begin
            for sign in signs(one, place, ("requests", "spend"), begin + 2 * HOUR)
            if slot_of(sign) >= begin
        ]
        found.tried += 1
        if seen:
            found.found += 1
            found.named += 1
            found.minutes.append(min(seen) * SLOT_SECONDS / 60)
    return found


def _places(seeds: range) -> Iterator[tuple[int, int]]:
    for seed in seeds:
        one = traffic(seed, WEEKS)
        dice = np.random.default_rng(seed + 10**6)
        if one.pattern not in STEADY:
            continue
        for _ in range(100):
            begin = int(dice.integers(6 * WEEK, WEEKS * WEEK - 3 * HOUR))
            hours = [one.requests[at : at + 2 * HOUR].sum() for at in (begin, begin - WEEK)]
            if min(hours) >= USUAL_REQUESTS_MIN:
                yield seed, begin
                break


def false_alerts(seeds: range) -> tuple[int, int, int]:
    """Causes in traffic that nothing was done to: in the first four weeks, and after; key-weeks."""
    young = grown = 0
    for seed in seeds:
        one = traffic(seed, WEEKS)
        measures = ("requests", "spend", "refusals", "errors")
        place = Place.of(customer="c", virtual_key=one.name)
        for cause in join(signs(one, place, measures, WEEKS * WEEK)):
            if slot_of(cause.lead) < FIRST_JUDGED:
                young += 1
            else:
                grown += 1
    return young, grown, len(seeds) * (WEEKS - FIRST_JUDGED // WEEK)


def causes(kind: str, seeds: range) -> Found:
    """One key of four of a customer: is it that key which is named, and what changed?"""
    found = Found(kind)
    measures = ("requests", "spend", "refusals", "tokens_per_request")
    for seed, begin in _places(seeds):
        length = 4 * HOUR
        end = begin + length
        keys = [traffic(seed, WEEKS, (Label(kind, begin, end),))]
        keys += [traffic(seed * 1000 + each, WEEKS, requests_per_hour=40) for each in (1, 2, 3)]
        total = _together(keys)
        seen = list(signs(total, Place.of(customer="c"), measures, end))
        for one in keys:
            seen += signs(one, Place.of(customer="c", virtual_key=one.name), measures, end)
        mine = [cause for cause in join(seen) if slot_of(cause.lead) >= begin]
        found.tried += 1
        if not mine:
            continue
        found.found += 1
        found.minutes.append((min(map(slot_of, mine[0].signs)) + 1 - begin) * SLOT_SECONDS / 60)
        place = mine[0].place.ids().get("virtual_key")
        known = _split(keys[0], begin, end, kind)
        found.named += place == keys[0].name and what_changed(mine[0], known) == CAUSES[kind]
    return found


def _together(keys: list[Traffic]) -> Traffic:
    names = ("requests", "spend", "tokens", "errors", "refusals", "cache_hits")
    sums = {name: sum(getattr(key, name) for key in keys) for name in names}
    return Traffic("all", "all", 0.0, **sums)


def _split(one: Traffic, begin: int, end: int, kind: str) -> Split:
    """The same hours a week before against these, by model."""
    before = _consumed(one, begin - WEEK, end - WEEK)
    after = _consumed(one, begin, end)
    model = "large" if kind == "model switch" else "small"
    return split({"small": before}, {model: after})


def _consumed(one: Traffic, begin: int, end: int) -> Consumed:
    span = slice(begin, end)
    answered = int((one.requests - one.refusals)[span].sum())
    return Consumed(
        requests=answered,
        cache_hits=int(one.cache_hits[span].sum()),
        tokens=int(one.tokens[span].sum()),
        cost_usd=Decimal(repr(round(float(one.spend[span].sum()), 6))),
    )


def drifts(seeds: range) -> Found:
    """From one to three times in eighteen days, on steady keys."""
    found = Found("slow drift")
    for seed, _ in _places(seeds):
        begin, end = 4 * WEEK, 4 * WEEK + 18 * DAY
        one = traffic(seed, WEEKS, (Label("slow drift", begin, end),))
        seen = [
            sign
            for sign in signs(one, Place.of(customer="c"), ("requests",), WEEKS * WEEK)
            if begin <= slot_of(sign) < end + DAY
        ]
        found.tried += 1
        found.found += bool(seen)
        found.named += any(sign.event.kind is Kind.DRIFT for sign in seen[:1])
        if seen:
            found.minutes.append((slot_of(seen[0]) - begin) * SLOT_SECONDS / 60)
    return found


def run(options: argparse.Namespace, *_: object) -> int:
    seeds = range(options.seeds)
    begun = time.perf_counter()
    _say("| event | found | median minutes | cause right |\n|---|---|---|---|")
    trials: list[Callable[[], Found]] = [lambda: spikes(seeds), lambda: drifts(seeds)]
    few = range(max(1, options.seeds // 3))
    trials += [lambda kind=kind: causes(kind, few) for kind in CAUSES]  # type: ignore[misc]
    for trial in trials:
        _say(trial().row())
    young, grown, weeks = false_alerts(seeds)
    _say(f"\nFalse alerts: {grown} in {weeks} key-weeks after the fourth week,")
    _say(f"and {young} in as many before, all patterns.")
    _say(f"{time.perf_counter() - begun:.0f} s in all.")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
