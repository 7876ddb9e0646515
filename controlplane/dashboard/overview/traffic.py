"""The traffic of a period as a plain list: asked, rescued, failed, refused, saved."""

from dataclasses import dataclass

from controlplane.dashboard.overview.figures import Figures
from controlplane.usage.measures import Sums


@dataclass(frozen=True)
class Part:
    """So many of a count, in words; `status` leads to their requests."""

    many: int
    words: str
    status: int | None = None


@dataclass(frozen=True)
class Traffic:
    """The sums of the period, and of the one it is held against."""

    sums: Sums
    before: Sums | None

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


def traffic(known: Figures) -> Traffic:
    return Traffic(known.now.total, None if known.before is None else known.before.total)


def _some(*parts: Part) -> list[Part]:
    return [part for part in parts if part.many]
