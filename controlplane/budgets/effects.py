"""What a change of a limit would do, before it is made: both sides, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from billing.money import ZERO
from controlplane.budgets.standing import Standing, State, foreseen


@dataclass(frozen=True)
class Side:
    """One budget, as it stands and as it would."""

    before: Standing
    after: Standing

    @property
    def refuses_all(self) -> bool:
        """A hard limit below what is spent already."""
        return self.after.is_hard and self.after.balance.remaining_usd <= 0

    @property
    def passes_again(self) -> bool:
        was_stopped = self.before.is_used_up or (self.before.is_hard and self.before.over_usd > 0)
        return was_stopped and not self.after.is_used_up

    @property
    def becomes_tight(self) -> bool:
        """It would run out, and would not without the change."""
        return self.after.state == State.SHORT and self.before.state == State.LASTS


@dataclass(frozen=True)
class Effect:
    """`above` are the budgets over it that hold as before, the one with least left first."""

    taker: Side
    lender: Side | None
    above: tuple[Standing, ...]

    @property
    def stopped_by(self) -> Standing | None:
        """The budget above that ends before what is given can be spent."""
        first = next((each for each in self.above if each.is_hard), None)
        left = self.taker.after.balance.remaining_usd
        return first if first and first.balance.remaining_usd < left else None


def effect_of(
    *,
    taker: Standing,
    limit_usd: Decimal,
    lender: Standing | None,
    above: Sequence[Standing],
    at: datetime,
) -> Effect:
    """If `taker` had this limit, and what it gains came from `lender`. In one query."""
    gained = limit_usd - taker.balance.limit_usd
    changed = [_with_limit(taker, limit_usd)]
    if lender is not None:
        changed.append(_with_limit(lender, lender.balance.limit_usd - gained))
    after = foreseen(changed, at)
    nearest = sorted(above, key=lambda each: (each.balance.remaining_usd, each.budget.id))
    return Effect(
        taker=Side(taker, after[taker.budget.id]),
        lender=Side(lender, after[lender.budget.id]) if lender else None,
        above=tuple(nearest),
    )


def _with_limit(known: Standing, limit_usd: Decimal) -> Standing:
    limit = max(ZERO, limit_usd)
    left = limit - known.balance.spent_usd - known.balance.reserved_usd
    balance = replace(known.balance, limit_usd=limit, remaining_usd=left)
    return replace(known, balance=balance, forecast=None, runs_out=None)
