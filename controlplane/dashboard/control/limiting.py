"""What ends by itself: a limit until tomorrow (a raise in reverse), and what was planned."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from controlplane.budgets.binding import Held
from controlplane.budgets.effects import Side, effect_of
from controlplane.budgets.limit_changes import change_limit
from controlplane.budgets.models.limit_change import REASON_LENGTH_MAX
from controlplane.dashboard.numbers import money_text
from controlplane.errors import DomainError


class LimitForm(forms.Form):
    """Which limit is to hold until tomorrow, and why."""

    limit_usd = forms.DecimalField(label="Limit until tomorrow, in USD", min_value=0)
    reason = forms.CharField(label="Reason, kept", max_length=REASON_LENGTH_MAX)

    def __init__(self, *args: Any, held: Held, **options: Any) -> None:
        super().__init__(*args, **options)
        self._held = held
        spent = held.balance.spent_usd + held.balance.reserved_usd
        self.initial.setdefault("limit_usd", f"{spent:.2f}")
        self.fields["limit_usd"].help_text = (
            f"Now {money_text(held.balance.limit_usd)}, of which {money_text(spent)} is spent or "
            "reserved. Up to that, every request is refused."
        )

    def clean_limit_usd(self) -> Decimal:
        limit: Decimal = self.cleaned_data["limit_usd"]
        if limit >= self._held.balance.limit_usd:
            raise forms.ValidationError("Must be less than the limit is now.")
        return limit

    def effect(self, now: datetime) -> Side | None:
        """What it would do; None while there is no amount that could be."""
        self.full_clean()
        limit = self.cleaned_data.get("limit_usd")
        if limit is None:
            return None
        standing = self._held.standing
        return effect_of(taker=standing, limit_usd=limit, lender=None, above=(), at=now).taker

    def apply(self, *, now: datetime, by: str) -> bool:
        """Whether it was done; what is in the way is said at its field."""
        if not self.is_valid():
            return False
        lower = self.cleaned_data["limit_usd"] - self._held.balance.limit_usd
        try:
            change_limit(
                budget=self._held.budget,
                amount_usd=lower,
                reason=self.cleaned_data["reason"],
                by=by,
                ends_at=tomorrow(now),
            )
        except DomainError as error:
            self.add_error(None, error.message)
            return False
        return True


class PlannedForm(forms.Form):
    """Until when it is no news."""

    until = forms.DateField(
        label="Planned until the end of",
        help_text="Until then the same is no alert; days end at midnight of UTC.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if day.year == date.max.year:
            raise forms.ValidationError("Is too far away.")
        return day

    @property
    def ends_at(self) -> datetime:
        day: date = self.cleaned_data["until"]
        return datetime.combine(day + timedelta(days=1), time(), UTC)


def tomorrow(now: datetime) -> datetime:
    """When the next day of UTC begins."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
