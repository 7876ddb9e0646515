"""The traffic of a period as a plain list: asked, rescued, failed, refused, saved."""

from dataclasses import dataclass

from django.db.models import QuerySet

from controlplane.accounts.permissions import Principal, visible
from controlplane.caching.queries import WrongHits, wrong_hits
from controlplane.dashboard.filters.reading import PageFilter
from controlplane.dashboard.overview.figures import Figures
from controlplane.keys.models import VirtualKey
from controlplane.usage.measures import Sums

OWNERS = {"customer": "customer_id", "team": "team_id", "virtual_key": "id"}


@dataclass(frozen=True)
class Part:
    """So many of a count, in words; `status` leads to their requests."""

    many: int
    words: str
    status: int | None = None


@dataclass(frozen=True)
class Traffic:
    """The sums of the period, and of the one it is held against.

    `wrong_hits` is measured over the keys of the filter, whenever that was.
    """

    sums: Sums
    before: Sums | None
    wrong_hits: WrongHits

    @property
    def rescued(self) -> int:
        return self.sums.rescued_by_retry + self.sums.rescued_by_fallback

    @property
    def rescues(self) -> list[Part]:
        by_retry = Part(self.sums.rescued_by_retry, "by retry")
        return _some(by_retry, Part(self.sums.rescued_by_fallback, "by fallback"))

    @property
    def refusals(self) -> list[Part]:
        """What they were refused by; the rest is for other reasons."""
        sums = self.sums
        known = [
            Part(sums.refused_by_budget, "by budget", 429),
            Part(sums.refused_by_rate_limit, "by rate limit", 429),
            Part(sums.refused_by_permission, "not allowed", 403),
        ]
        rest = sums.refused - sum(part.many for part in known)
        return _some(*known, Part(rest, "otherwise"))

    @property
    def cache_hits(self) -> int:
        return self.sums.exact_cache_hits + self.sums.semantic_cache_hits


def traffic(known: Figures, viewer: Principal) -> Traffic:
    before = None if known.before is None else known.before.total
    return Traffic(known.now.total, before, wrong_hits(_keys(known.filter, viewer)))


def _keys(chosen: PageFilter, viewer: Principal) -> QuerySet[VirtualKey]:
    """Those that the filter is about; what it says of models is not theirs."""
    rows = visible(VirtualKey.objects.order_by(), viewer)
    for name, column in OWNERS.items():
        if name in chosen.fields.fields:
            rows = rows.filter(**{f"{column}__in": chosen.fields.fields[name]})
    return rows


def _some(*parts: Part) -> list[Part]:
    return [part for part in parts if part.many]
