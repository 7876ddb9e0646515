"""Limiting a budget until tomorrow: a raise in reverse, which ends by itself."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms

from controlplane.budgets.binding import Held
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

    def apply(self, *, now: datetime, by: str) -> bool:
        """Whether it was done; what is in the way is said at its field."""
        if not self.is_valid():
            return False
        lower = self.cleaned_data["limit_usd"] - self._held.balance.limit_usd
        if lower >= 0:
            self.add_error("limit_usd", "Must be less than the limit is now.")
            return False
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


def tomorrow(now: datetime) -> datetime:
    """When the next day of UTC begins."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
