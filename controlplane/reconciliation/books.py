"""The books' side: what was booked at a provider, by day (UTC) and model, with what it was made of.

The records answer, for the rollup does not know the prices that were used. Answers from the cache
are no calls, and left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any

from django.db import connection

from billing.money import ZERO
from billing.prices import Price, Rates
from billing.reconciliation.sides import (
    CACHE_WRITE,
    CACHED_INPUT,
    INPUT,
    OUTPUT,
    TOKEN_KINDS,
    Booked,
    total,
)
from controlplane.catalog import models as catalog
from controlplane.usage.limits import limited_report

WIDE = Context(prec=60)
MILLION = 1_000_000
FALLBACK_RATES = {INPUT: (), CACHED_INPUT: (INPUT,), CACHE_WRITE: (INPUT,), OUTPUT: ()}

# What broke off or timed out may be billed beyond what is booked, up to what it had reserved.
BOOKED = """
WITH called AS (
    SELECT (at AT TIME ZONE 'UTC')::date AS day, model, price_id, cost_usd, reserved_usd,
           input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,
           usage_source = 'estimated'
               OR (usage_source = 'none' AND (status >= 500 OR status = 499)) AS is_uncertain
    FROM usage_usagerecord
    WHERE provider = %(provider)s AND at >= %(start)s AND at < %(end)s
      AND cache NOT IN ('exact', 'semantic')
)
SELECT day, coalesce(model, ''), CASE WHEN cost_usd IS NOT NULL THEN coalesce(price_id, '') END,
       count(*), coalesce(sum(cost_usd), 0),
       sum(input_tokens - cached_input_tokens - cache_write_tokens), sum(cached_input_tokens),
       sum(cache_write_tokens), sum(output_tokens),
       count(*) FILTER (WHERE is_uncertain),
       count(*) FILTER (WHERE is_uncertain AND reserved_usd = 0),
       coalesce(sum(greatest(reserved_usd - coalesce(cost_usd, 0), 0))
                FILTER (WHERE is_uncertain), 0)
FROM called GROUP BY 1, 2, 3
"""


@dataclass(slots=True)
class Tally:
    """What one day and model of the books add up to, while they are added."""

    requests: int = 0
    usd: Decimal = ZERO
    tokens: dict[str, int] = field(default_factory=dict)
    kinds_usd: dict[str, Decimal] = field(default_factory=dict)
    unpriced_requests: int = 0
    unpriced_tokens: dict[str, int] = field(default_factory=dict)
    uncertain: int = 0
    unreserved: int = 0
    uncertain_usd: Decimal = ZERO

    def booked(self) -> Booked:
        """A request that had reserved nothing may have cost what the others did, on average."""
        priced = self.requests - self.unpriced_requests
        mean = WIDE.divide(self.usd, Decimal(priced)) if priced else ZERO
        return Booked(
            requests=self.requests,
            usd=self.usd,
            tokens=self.tokens,
            kinds_usd=self._scaled(),
            unpriced_requests=self.unpriced_requests,
            unpriced_tokens=self.unpriced_tokens,
            uncertain_requests=self.uncertain,
            uncertain_usd=WIDE.fma(mean, Decimal(self.unreserved), self.uncertain_usd),
        )

    def _scaled(self) -> dict[str, Decimal]:
        """Long contexts and the like have other rates: kinds never come to more than the cost."""
        made = total(self.kinds_usd)
        if made <= self.usd:
            return self.kinds_usd
        return {
            kind: WIDE.divide(WIDE.multiply(usd, self.usd), made)
            for kind, usd in self.kinds_usd.items()
        }


def tallies(provider: str, first: date, last: date) -> dict[tuple[date, str], Tally]:
    """By day and model as the books call it. Raises `DomainError` where it takes too long."""
    span = {"start": _midnight(first), "end": _midnight(last + timedelta(days=1))}
    with limited_report(), connection.cursor() as cursor:
        cursor.execute(BOOKED, {"provider": provider, **span})
        rows = cursor.fetchall()
    rates = _rates({row[2] for row in rows if row[2]})
    found: dict[tuple[date, str], Tally] = {}
    for day, model, price_id, *sums in rows:
        tally = found.setdefault((day, model), Tally())
        _add(tally, sums, None if price_id is None else rates.get(price_id, {}))
    return found


def _add(tally: Tally, sums: list[Any], rates: Rates | None) -> None:
    """`rates` are None for what has no price."""
    requests, usd, *rest = sums
    counts, (uncertain, unreserved, uncertain_usd) = rest[:4], rest[4:]
    is_priced = rates is not None
    tally.requests += requests
    tally.usd += usd
    tally.unpriced_requests += 0 if is_priced else requests
    tally.uncertain += uncertain
    tally.unreserved += unreserved
    tally.uncertain_usd += uncertain_usd
    into = tally.tokens if is_priced else tally.unpriced_tokens
    for kind, count in zip(TOKEN_KINDS, counts, strict=True):
        into[kind] = into.get(kind, 0) + int(count)
        if rates:
            value = WIDE.divide(rate_of(rates, kind) * int(count), Decimal(MILLION))
            tally.kinds_usd[kind] = tally.kinds_usd.get(kind, ZERO) + value


def rate_of(rates: Rates, kind: str) -> Decimal:
    """US dollars per million tokens of a kind, as `billing.costs` falls back."""
    for name in (kind, *FALLBACK_RATES[kind]):
        if name in rates:
            return rates[name]
    return ZERO


def merged(several: Iterable[Tally]) -> Tally:
    """What the books keep apart and the bill does not."""
    whole = Tally()
    for each in several:
        whole.requests += each.requests
        whole.usd += each.usd
        whole.unpriced_requests += each.unpriced_requests
        whole.uncertain += each.uncertain
        whole.unreserved += each.unreserved
        whole.uncertain_usd += each.uncertain_usd
        _merge(whole.tokens, each.tokens)
        _merge(whole.unpriced_tokens, each.unpriced_tokens)
        for kind, usd in each.kinds_usd.items():
            whole.kinds_usd[kind] = whole.kinds_usd.get(kind, ZERO) + usd
    return whole


def _merge(into: dict[str, int], counts: Mapping[str, int]) -> None:
    for kind, count in counts.items():
        into[kind] = into.get(kind, 0) + count


def _rates(price_ids: Iterable[str]) -> dict[str, Rates]:
    rows = catalog.Price.objects.filter(pk__in=list(price_ids)).values()
    return {row["id"]: Price.from_row(row).rates for row in rows}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
