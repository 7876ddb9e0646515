"""Made traffic of virtual keys with labelled events: the same seed gives the same traffic.

Amounts are in slots of five minutes. A key has hours and weekdays in its own time zone (summer time
included), holidays, growth, noise that lasts, and jobs at night, on one weekday or at month's end.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SLOT_SECONDS = 300
HOUR, DAY, WEEK = 12, 288, 2016  # in slots
START = datetime(2026, 2, 2, tzinfo=UTC)
PATTERNS = (
    "office",
    "round the clock",
    "evening",
    "nightly job",
    "weekly job",
    "month end",
    "bursts",
)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
OFFICE_SHARE_AT_NIGHT, OFFICE_SHARE_AT_WEEKENDS = 0.04, 0.15


@dataclass(frozen=True)
class Label:
    """What was done to the traffic: from which slot to which."""

    kind: str
    begin: int
    end: int


@dataclass
class Traffic:
    """One key's slots: how many requests, what they cost, and what became of them."""

    name: str
    pattern: str
    requests_per_hour: float
    requests: Floats
    spend: Floats
    tokens: Floats
    errors: Floats
    refusals: Floats
    cache_hits: Floats
    labels: list[Label] = field(default_factory=list)
    models: dict[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Habits:
    """What makes a key's traffic its own."""

    pattern: str
    zone: str
    requests_per_hour: float
    growth_per_week: float
    noise: float
    cost_spread: float
    holidays: tuple[int, ...]

    @classmethod
    def drawn(cls, dice: np.random.Generator, weeks: int) -> "Habits":
        return cls(
            pattern=str(dice.choice(PATTERNS, p=[0.3, 0.25, 0.15, 0.1, 0.08, 0.05, 0.07])),
            zone=str(dice.choice(ZONES)),
            requests_per_hour=float(np.exp(dice.uniform(np.log(3), np.log(5000)))),
            growth_per_week=float(dice.uniform(-0.03, 0.04)),
            noise=float(dice.uniform(0.04, 0.2)),
            cost_spread=float(dice.uniform(0.3, 1.5)),
            holidays=tuple(int(day) for day in dice.choice(weeks * 7, size=max(1, weeks // 4))),
        )


def traffic(seed: int, weeks: int = 8, labels: tuple[Label, ...] = (), **habits: object) -> Traffic:
    """A key's traffic over so many weeks from `START`, with what the labels say done to it."""
    dice = np.random.default_rng(seed)
    own = Habits.drawn(dice, weeks)
    own = Habits(**{**own.__dict__, **habits})  # type: ignore[arg-type]
    rate = _rate(own, weeks, dice)
    return _played(f"key-{seed}", own, rate, labels, dice)


def _rate(own: Habits, weeks: int, dice: np.random.Generator) -> Floats:
    """Requests that a slot is expected to have."""
    size = weeks * WEEK
    local = _local_times(own.zone, weeks)
    hours = np.array([at.hour + at.minute / 60 for at in local])
    weekdays = np.array([at.weekday() for at in local])
    days_left = np.array(
        [((at.replace(day=28) + timedelta(days=4)).replace(day=1) - at).days for at in local]
    )
    shape = _shape(own.pattern, hours, weekdays, days_left, dice)
    if own.pattern in ("office", "evening"):
        for holiday in own.holidays:
            shape[holiday * DAY : (holiday + 1) * DAY] *= 0.3
    rate = own.requests_per_hour / HOUR * shape / max(shape.mean(), 1e-9)
    grown = (1 + own.growth_per_week) ** (np.arange(size) / WEEK)
    return rate * grown * _lasting_noise(own.noise, size, dice)


def _local_times(zone: str, weeks: int) -> list[datetime]:
    own = ZoneInfo(zone)
    step = timedelta(seconds=SLOT_SECONDS)
    return [(START + step * number).astimezone(own) for number in range(weeks * WEEK)]


def _shape(
    pattern: str, hours: Floats, weekdays: Floats, days_left: Floats, dice: np.random.Generator
) -> Floats:
    workday = np.where(weekdays < 5, 1.0, OFFICE_SHARE_AT_WEEKENDS)
    ramp = 1 / (1 + np.exp(-(hours - 8.5) * 2.5)) / (1 + np.exp((hours - 18) * 2))
    office = workday * (OFFICE_SHARE_AT_NIGHT + ramp)
    begins = dice.integers(0, 22)
    in_job = (hours >= begins) & (hours < begins + dice.uniform(0.4, 1.8))
    match pattern:
        case "office":
            return office
        case "round the clock":
            return 1 + 0.2 * np.sin(hours / 24 * 2 * np.pi)
        case "evening":
            from_peak = (hours - 20 + 12) % 24 - 12
            return np.where(weekdays < 5, 1.0, 1.3) * (0.15 + np.exp(-(from_peak**2) / 18))
        case "nightly job":
            return 0.02 + 1.0 * in_job
        case "weekly job":
            return 0.3 + 0.7 * office + 8.0 * (in_job & (weekdays == dice.integers(0, 7)))
        case "month end":
            return 0.3 + office + 5.0 * (in_job & (days_left < 1))
        case _:
            on = np.repeat(dice.random(len(hours) // HOUR) < 0.2, HOUR)
            return 0.01 + on * np.repeat(dice.lognormal(0, 0.8, len(hours) // HOUR), HOUR)


def _lasting_noise(size: float, slots: int, dice: np.random.Generator) -> Floats:
    """Around one; what is high now is high for an hour or two."""
    steps = dice.normal(0, 1, slots + 200)
    kernel = np.exp(-np.arange(60) / 18)
    smooth = np.convolve(steps, kernel / np.sqrt((kernel**2).sum()), "full")[100 : slots + 100]
    noise: Floats = np.exp(size * smooth - size**2 / 2)
    return noise


def _played(
    name: str, own: Habits, rate: Floats, labels: tuple[Label, ...], dice: np.random.Generator
) -> Traffic:
    share, tokens_each, cost_each = (
        np.full(len(rate), 0.1),
        np.full(len(rate), 1000.0),
        np.full(len(rate), 0.01),
    )
    failing, refused = np.full(len(rate), 0.004), np.full(len(rate), 0.001)
    for label in labels:
        span = slice(label.begin, label.end)
        match label.kind:
            case "spike" | "planned launch":
                rate[span] *= 3
            case "slow drift":
                rate[span] *= np.linspace(1, 3, label.end - label.begin)
                rate[label.end :] *= 3
            case "retry loop":
                refused[span] = 0.75
                rate[span] = rate[span] * 4
            case "model switch":
                cost_each[span] *= 8
            case "longer prompts":
                tokens_each[span] *= 4
                cost_each[span] *= 3.5
            case "silence":
                rate[span] = 0
    requests = dice.poisson(rate).astype(float)
    refusals = dice.binomial(requests.astype(int), refused).astype(float)
    answered = requests - refusals
    return Traffic(
        name=name,
        pattern=own.pattern,
        requests_per_hour=own.requests_per_hour,
        requests=requests,
        spend=cost_each * _heavy(answered, own.cost_spread, dice),
        tokens=tokens_each * _heavy(answered, 0.5, dice),
        errors=dice.binomial(answered.astype(int), failing).astype(float),
        refusals=refusals,
        cache_hits=dice.binomial(answered.astype(int), share).astype(float),
        labels=list(labels),
    )


def _heavy(counts: Floats, spread: float, dice: np.random.Generator) -> Floats:
    """Sums of as many lognormal amounts of mean one."""
    amounts = dice.lognormal(-(spread**2) / 2, spread, int(counts.sum()))
    ends = np.cumsum(counts).astype(int)
    sums = np.concatenate([[0.0], np.cumsum(amounts)])
    total: Floats = sums[ends] - sums[np.concatenate([[0], ends[:-1]])]
    return total
