"""Keys with a cache, what it saved them in a period, and how often it was wrong so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.money import ZERO
from controlplane.caching.models import CacheOutcome
from controlplane.caching.queries import Saved, saved, standings
from controlplane.dashboard.numbers import count_text
from controlplane.keys.models import CacheMode, VirtualKey
from dataplane.caching.judgement.standing import Rate, Standing

KEYS_MAX = 200
SIMILAR = (CacheMode.SEMANTIC, CacheMode.SHADOW)


@dataclass(frozen=True)
class Namespace:
    """One namespace of a key."""

    name: str
    saved: Saved
    rate: Rate


@dataclass(frozen=True)
class Row:
    """One key."""

    key: VirtualKey
    saved: Saved
    standing: Standing
    namespaces: list[Namespace] = field(default_factory=list)

    @property
    def is_similar(self) -> bool:
        return self.key.cache_mode in SIMILAR

    @property
    def rate(self) -> Rate:
        return self.standing.rate()

    @property
    def is_proven(self) -> bool:
        return self.standing.threshold is not None

    @property
    def is_over(self) -> bool:
        """What is served is wrong more often than the key wants, as far as can be told."""
        return self.is_proven and self.rate.lower > self.standing.target

    @property
    def state(self) -> str:
        """Of its threshold, in words."""
        return state_words(self.key, self.standing)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        return sorted(self.saved.reasons.items(), key=lambda each: -each[1])


@dataclass(frozen=True)
class Total:
    """Of all rows."""

    rows: list[Row]

    @property
    def lookups(self) -> int:
        return sum(row.saved.lookups for row in self.rows)

    @property
    def hits(self) -> int:
        return sum(row.saved.hits for row in self.rows)

    @property
    def net_usd(self) -> Decimal:
        return sum((row.saved.net_usd for row in self.rows), ZERO)

    @property
    def spent_usd(self) -> Decimal:
        return sum((row.saved.spent_usd for row in self.rows), ZERO)

    @property
    def rate(self) -> Rate:
        """Of the keys that serve by similarity."""
        similar = [row for row in self.rows if row.key.cache_mode == CacheMode.SEMANTIC]
        rates = [row.rate for row in similar if row.is_proven]
        return Rate(sum(each.labels for each in rates), sum(each.wrong for each in rates))


def rows_of(keys: QuerySet[VirtualKey], start: datetime, end: datetime) -> list[Row]:
    """Of those that have a cache, or had one in the period; the most saved first."""
    since, until = _days(start, end)
    used = CacheOutcome.objects.filter(
        virtual_key_id=OuterRef("pk"), day__gte=since, day__lt=until, lookups__gt=0
    )
    with_cache = keys.filter(~Q(cache_mode=CacheMode.OFF) | Exists(used))
    chosen = list(with_cache.select_related("customer").order_by("id")[:KEYS_MAX])
    by_key, by_namespace = saved([key.id for key in chosen], since, until)
    standing = standings(chosen)
    rows = [Row(key, by_key.get(key.id, Saved()), standing[key.id]) for key in chosen]
    for row in rows:
        row.namespaces.extend(_namespaces(row, by_namespace))
    return sorted(rows, key=lambda row: (-row.saved.net_usd, -row.saved.lookups, row.key.id))


def state_words(key: VirtualKey, standing: Standing) -> str:
    """`not yet proven: 140 of about 300 comparisons`."""
    if key.cache_mode not in SIMILAR:
        return "exact only" if key.cache_mode == CacheMode.EXACT else "off"
    learned = standing.threshold
    if standing.own_threshold is not None:
        return f"from score {standing.own_threshold:g}, set by hand"
    if learned is not None:
        verb = "would serve" if key.cache_mode == CacheMode.SHADOW else "serves"
        return f"{verb} from score {learned:g}"
    labels, about = standing.lacking()
    if about is None:
        wrong = count_text(standing.rate().wrong)
        return f"not proven: {wrong} of {count_text(labels)} comparisons were wrong"
    return f"not yet proven: {count_text(labels)} of about {count_text(about)} comparisons"


def _namespaces(row: Row, by_namespace: dict[tuple[str, str], Saved]) -> Iterable[Namespace]:
    used = {name for key, name in by_namespace if key == row.key.id}
    for name in sorted(used | set(row.standing.namespaces)):
        of_it = by_namespace.get((row.key.id, name), Saved())
        yield Namespace(name, of_it, row.standing.rate(name))


def _days(start: datetime, end: datetime) -> tuple[date, date]:
    """Whole days, in UTC, that cover the period."""
    last = end.astimezone(UTC) - timedelta(microseconds=1)
    return start.astimezone(UTC).date(), last.date() + timedelta(days=1)
