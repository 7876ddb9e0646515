"""What each call of the past would have cost by a question's prices and models."""

from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache

from billing.costs import EXACT
from billing.price_books import PriceBook
from billing.prices import Price
from billing.what_if.calls import PastCall
from billing.what_if.repricing import repriced
from controlplane.catalog import models as catalog
from controlplane.catalog.pricing import Offers
from controlplane.what_if.questions import Question

EVER = datetime(1970, 1, 1, tzinfo=UTC)
REMEMBERED_MAX = 10_000


class WouldBe:
    """The cost of calls under a question. What it looked up for one, it keeps for the next."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._asked = {
            model: Price(f"asked: {model}", EVER, rates) for model, rates in question.prices.items()
        }
        on = question.prices_on
        self._moment = datetime.combine(on, time(12), UTC) if on else None
        self._offers = lru_cache(REMEMBERED_MAX)(Offers)
        self._book = lru_cache(REMEMBERED_MAX)(self._load_book)
        self._booked_at = lru_cache(REMEMBERED_MAX)(_price_with)

    def cost(self, call: PastCall) -> Decimal | None:
        if call.is_cache_hit:
            return self._of_hit(call)
        model = self._question.models.get(call.model, call.model)
        if model == call.model and self._moment is None and model not in self._asked:
            return call.cost_usd
        after = self._asked.get(model) or self._listed(model, call)
        return repriced(call, self._booked_at(call.price_id), after)

    def _of_hit(self, call: PastCall) -> Decimal | None:
        """Without a cache, an answer costs what it saved."""
        if not self._question.cache_off or call.cost_usd is None:
            return call.cost_usd
        return EXACT.add(call.cost_usd, call.saved_usd)

    def _listed(self, model: str, call: PastCall) -> Price | None:
        return self._book(model).at(self._moment or call.at, call.service_tier)

    def _load_book(self, model: str) -> PriceBook:
        return PriceBook(self._offers(model.partition("/")[0]).prices(model))


def _price_with(price_id: str | None) -> Price | None:
    """The price that a call was booked at; None where it had none, or it is no more known."""
    if not price_id:
        return None
    row = catalog.Price.objects.filter(pk=price_id).values().first()
    return Price.from_row(row) if row else None


def unpriced_models(question: Question) -> list[str]:
    """Models to be called instead that nobody has a price for."""
    book = WouldBe(question)
    targets = {*question.models.values()} - question.prices.keys()
    return sorted(model for model in targets if not list(book._load_book(model)))
