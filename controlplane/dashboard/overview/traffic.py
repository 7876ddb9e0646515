"""The traffic of a period as a plain list: asked, refused, failed, saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from controlplane.dashboard.overview.figures import Figures

# What a status says of a request that was turned away at our own door.
REFUSED_BY = {
    429: "by a budget or a rate limit",
    401: "for a key that is not valid",
    403: "for what a key may not use",
    404: "for a model that is not there",
    413: "as too large",
    400: "as not valid",
}


@dataclass(frozen=True)
class Traffic:
    """Counts of requests; `refused` is by status."""

    requests: int
    before: int | None
    answered: int
    failed: int
    refused_total: int
    refused: Mapping[int, int]
    saved: Decimal

    @property
    def refusals(self) -> list[tuple[int, int, str]]:
        """Status, requests and words, the most first."""
        ordered = sorted(self.refused.items(), key=lambda each: -each[1])
        return [(status, many, REFUSED_BY.get(status, "otherwise")) for status, many in ordered]


def traffic(known: Figures) -> Traffic:
    total = known.now.total
    return Traffic(
        requests=total.requests,
        before=None if known.before is None else known.before.total.requests,
        answered=total.answered,
        failed=total.failed,
        refused_total=total.refused,
        refused={
            int(group.values[0] or 0): group.sums.refused
            for group in known.statuses.groups
            if group.sums.refused
        },
        saved=total.saved_usd,
    )
