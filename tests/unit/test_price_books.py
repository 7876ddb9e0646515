"""The prices of one model, remembered until the next of them begins."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from billing.price_books import PriceBook
from billing.prices import Price

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STANDARD = frozenset({"standard"})


def price(name: str, begins: datetime = NOON, rate: int = 1, **fields: object) -> Price:
    return Price(name, begins, {"input": Decimal(rate)}, **fields)  # type: ignore[arg-type]


def name_at(book: PriceBook, moment: datetime, tier: str = "standard") -> str | None:
    found = book.at(moment, tier)
    return found and found.id


def test_a_price_holds_until_the_next_begins_in_whatever_order_one_asks():
    book = PriceBook([price("later", NOON + HOUR), price("now")])

    moments = [NOON, NOON + HOUR, NOON - HOUR, NOON + HOUR / 2, NOON + 2 * HOUR]

    assert [name_at(book, moment) for moment in moments] == ["now", "later", None, "now", "later"]


def test_prices_by_the_hour_are_not_remembered():
    night = price("night", daily_from=time(0), daily_until=time(6))
    book = PriceBook([price("day"), night])

    assert name_at(book, NOON + HOUR) == "day"
    assert name_at(book, NOON + 13 * HOUR) == "night"
    assert name_at(book, NOON + 25 * HOUR) == "day"


def test_each_tier_has_its_own_price():
    book = PriceBook([price("usual"), price("fast", service_tier="priority")])

    assert name_at(book, NOON, "priority") == "fast"
    assert name_at(book, NOON, "flex") == "usual"


def test_a_ceiling_is_over_the_tiers_that_may_serve():
    book = PriceBook([price("usual", rate=2), price("fast", rate=9, service_tier="priority")])

    either = book.ceiling(NOON, STANDARD | {"priority"})
    usual = book.ceiling(NOON, STANDARD)

    assert usual is not None
    assert usual.usd(1_000_000, 0) == 2
    assert either is not None
    assert either.usd(1_000_000, 0) == 9
    assert book.ceiling(NOON, STANDARD) is usual


def test_there_is_no_ceiling_before_the_first_price_or_without_any():
    assert PriceBook([price("now")]).ceiling(NOON - HOUR, STANDARD) is None
    assert PriceBook().ceiling(NOON, STANDARD) is None
