"""Which models were called in a period, and what a token of each came to."""

from dataclasses import dataclass
from decimal import Decimal

from billing.money import rounded
from controlplane.usage.measures import Sums
from controlplane.usage.summary import Group

MILLION = 1_000_000
PLACES = 6


@dataclass(frozen=True)
class UsedModel:
    """A model with its sums; `usd_per_mtok` is what was paid, over all its tokens."""

    model: str
    sums: Sums

    @property
    def cost_usd(self) -> Decimal | None:
        """Unknown where only what had no price can have cost anything."""
        return (
            None if self.sums.unpriced_requests and not self.sums.cost_usd else self.sums.cost_usd
        )

    @property
    def usd_per_mtok(self) -> Decimal | None:
        tokens = self.sums.input_tokens + self.sums.output_tokens
        if self.sums.cost_usd is None or self.sums.unpriced_requests or not tokens:
            return None
        return rounded(self.sums.cost_usd / tokens * MILLION, PLACES)


def used_models(groups: list[Group], configured: list[str]) -> list[UsedModel | str]:
    """Those that were called, the dearest first; then names of those that were not."""
    used = [UsedModel(str(each.values[0]), each.sums) for each in groups if each.values[0]]
    called = {each.model for each in used}
    return [*used, *(name for name in configured if name not in called)]
