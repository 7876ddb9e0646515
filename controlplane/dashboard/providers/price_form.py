"""The form for a new price, and what such a price would have made of this month's calls."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from billing.costs import total_of
from billing.prices import COLUMNS as RATE_COLUMNS
from billing.prices import Price
from billing.tokens import Tokens
from controlplane.usage.measures import Sums

KINDS = {
    "input": "Input",
    "cached_input": "Input from the cache",
    "cache_write": "Written to the cache",
    "output": "Output",
}
RATE_MAX = Decimal(10) ** 9
PLACES_MAX = 10


class RateField(forms.CharField):
    """USD per million tokens; `1,500.00` and `1500` are the same, and empty is none."""

    def __init__(self, label: str) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label=label, required=False, max_length=30, widget=widget)

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value).replace(",", "").removeprefix("$").strip()
        if not text:
            return None
        try:
            rate = Decimal(text)
        except InvalidOperation:
            raise forms.ValidationError("Must be an amount like 2.50.") from None
        if not rate.is_finite() or not 0 <= rate < RATE_MAX:
            raise forms.ValidationError("Must be an amount from 0 on.")
        if -int(rate.as_tuple().exponent) > PLACES_MAX:
            raise forms.ValidationError(f"Must have at most {PLACES_MAX} decimals.")
        return rate


class PriceForm(forms.Form):
    """A day and at least one rate."""

    valid_from = forms.DateField(
        label="Holds from", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for kind, label in KINDS.items():
            self.fields[kind] = RateField(label)

    @property
    def starts(self) -> datetime:
        return datetime.combine(self.cleaned_data["valid_from"], time.min, tzinfo=UTC)

    @property
    def columns(self) -> dict[str, Decimal | None]:
        return {RATE_COLUMNS[kind]: self.cleaned_data[kind] for kind in KINDS}

    @property
    def price(self) -> Price:
        rates = {kind: self.cleaned_data[kind] for kind in KINDS}
        return Price("", self.starts, {kind: rate for kind, rate in rates.items() if rate})


@dataclass(frozen=True)
class Effect:
    """What calls of this month from a day on were booked at, and what they would come to."""

    sums: Sums
    would_be_usd: Decimal


def effect_of(price: Price, sums: Sums) -> Effect:
    """Tokens of all calls at the price's main rates; fees and long contexts are left out."""
    tokens = Tokens(
        input=sums.input_tokens,
        cached_input=sums.cached_input_tokens,
        cache_write=sums.cache_write_tokens,
        output=sums.output_tokens,
        reasoning=sums.reasoning_tokens,
    )
    return Effect(sums, total_of(tokens, price))
