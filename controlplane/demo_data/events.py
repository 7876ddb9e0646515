"""What goes wrong in the time: a key that retries in a loop, and a provider that is out."""

from datetime import UTC, datetime, time, timedelta
from random import Random

from billing.tokens import Tokens
from controlplane.demo_data.people import CALLERS, Caller
from controlplane.demo_data.rhythm import Moment, Span

SPIKE_KEY = "vk_initech-support_chat_prod"
SPIKE_BEGAN, SPIKE_LASTED = time(15), timedelta(hours=2)  # UTC, on the day before the last
SPIKE_FACTOR = 3  # of what the customer calls otherwise
SPIKE_SHARE_MAX = 0.05  # of all calls
# The same long conversation is sent over and over.
SPIKE_MODEL, SPIKE_TOKENS = "openai/gpt-4o", Tokens(input=41_200, output=640)
OUT_PROVIDER = "openai"
OUT_DAYS_AGO, OUT_BEGAN, OUT_LASTED = 12, time(14, 20), timedelta(minutes=95)


def spike(end: datetime) -> Span:
    return _span(end, 1, SPIKE_BEGAN, SPIKE_LASTED)


def outage(end: datetime) -> Span:
    return _span(end, OUT_DAYS_AGO, OUT_BEGAN, OUT_LASTED)


def spike_caller() -> Caller:
    return next(caller for caller in CALLERS if caller.id == SPIKE_KEY)


def is_out(provider: str, at: datetime, out: Span) -> bool:
    return provider == OUT_PROVIDER and out.start <= at < out.end


def with_spike(calm: list[Moment], requests: int, end: datetime, random: Random) -> list[Moment]:
    """`requests` calls in all: the last ones give way to those of the loop."""
    span, caller = spike(end), spike_caller()
    usual = sum(
        span.start <= at < span.end and each.customer is caller.customer for at, each in calm
    )
    many = min((SPIKE_FACTOR - 1) * usual, int(requests * SPIKE_SHARE_MAX))
    kept = sorted(random.sample(range(len(calm)), requests - many))
    length = span.end - span.start
    loop = [Moment(span.start + length * random.random(), caller) for _ in range(many)]
    return sorted([*(calm[at] for at in kept), *loop], key=lambda each: (each.at, each.caller.id))


def _span(end: datetime, days_ago: int, began: time, lasted: timedelta) -> Span:
    start = datetime.combine(end.astimezone(UTC).date() - timedelta(days=days_ago), began, UTC)
    return Span(start, start + lasted)
