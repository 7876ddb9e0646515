"""Many signs, one cause; what people said of it; keys that repeat themselves or have no past."""

from decimal import Decimal

import pytest

from billing.anomalies.causes import Sign, join, what_changed
from billing.anomalies.cold_start import with_parents_past
from billing.anomalies.events import Event, Kind
from billing.anomalies.floors import REQUESTS
from billing.anomalies.labels import Label, Verdict, floors_for, is_planned
from billing.anomalies.places import Place
from billing.anomalies.retry_storms import RecentCounts, find_retry_storm
from billing.differences import Consumed, split
from tests.unit.anomalies.series import grid

ACME = Place.of(customer="acme")
KEY = Place.of(customer="acme", virtual_key="key-1")
OTHER_KEY = Place.of(customer="acme", virtual_key="key-2")
DAY = 288


def sign(
    place: Place,
    observed: float,
    measure: str = "requests",
    *,
    at: float = 0.0,
    usual: float = 100.0,
) -> Sign:
    kind = Kind.SPIKE if observed > usual else Kind.SILENCE
    return Sign(place, measure, Event(kind, at, at, at, usual, observed))


def test_measures_and_levels_that_move_together_are_one_cause_of_the_deepest_place() -> None:
    signs = [sign(ACME, 400), sign(KEY, 380), sign(KEY, 300, "spend"), sign(ACME, 310, "spend")]

    (cause,) = join(signs)

    assert cause.place == KEY
    assert cause.lead.measure == "spend"


def test_what_no_single_key_explains_is_the_customers() -> None:
    (cause,) = join([sign(ACME, 400), sign(KEY, 250), sign(OTHER_KEY, 250)])

    assert cause.place == ACME


def test_a_key_its_model_and_its_feature_are_one_cause_though_no_place_above_shows_it() -> None:
    model, feature = (
        Place.of(customer="acme", model="gpt-4o"),
        Place((("customer", "acme"), ("metadata.feature", "search"))),
    )

    (cause,) = join([sign(feature, 400), sign(model, 410), sign(KEY, 390)])

    assert cause.place == KEY


def test_other_customers_and_other_times_are_other_causes() -> None:
    elsewhere = Place.of(customer="globex")
    over = sign(ACME, 400)
    over.event.until = 3600.0

    assert len(join([over, sign(elsewhere, 400), sign(ACME, 300, at=86_400.0)])) == 3


def test_silence_is_no_part_of_what_rises() -> None:
    assert len(join([sign(KEY, 400), sign(OTHER_KEY, 0)])) == 2


@pytest.mark.parametrize(
    ("signs", "changed"),
    [
        ([sign(KEY, 400), sign(KEY, 380, "refusals")], "retries"),
        ([sign(KEY, 400), sign(KEY, 400, "spend")], "requests"),
        ([sign(KEY, 400, "spend"), sign(KEY, 300, "tokens_per_request")], "tokens"),
        ([sign(KEY, 0)], "silence"),
    ],
)
def test_says_what_changed_by_the_measures_that_moved(signs: list[Sign], changed: str) -> None:
    (cause,) = join(signs)

    assert what_changed(cause) == changed


def test_says_by_the_money_that_another_model_was_asked() -> None:
    (cause,) = join([sign(KEY, 400, "spend")])
    one = Consumed(requests=100, tokens=1000, cost_usd=Decimal(1))
    other = Consumed(requests=100, tokens=1000, cost_usd=Decimal(8))

    assert what_changed(cause, split({"small": one}, {"large": other})) == "mix"


def test_planned_holds_for_all_that_a_place_holds_until_its_date() -> None:
    labels = [Label(ACME, Verdict.PLANNED, until=100.0)]

    assert is_planned(labels, KEY, "spend", 99.0)
    assert not is_planned(labels, KEY, "spend", 100.0)
    assert not is_planned(labels, Place.of(customer="globex"), "spend", 99.0)


def test_noise_raises_the_floors_of_that_series_alone() -> None:
    labels = [Label(KEY, Verdict.NOISE, until=100.0, measure="requests")] * 2

    raised = floors_for(REQUESTS, labels, KEY, "requests", 1.0)

    assert raised.excess == REQUESTS.excess * 2.25
    assert raised.ratio > REQUESTS.ratio
    assert floors_for(REQUESTS, labels, OTHER_KEY, "requests", 1.0) == REQUESTS
    assert floors_for(REQUESTS, labels, KEY, "spend", 1.0) == REQUESTS


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (RecentCounts(100, {"budget_exceeded": 90}), "budget_exceeded"),
        (RecentCounts(100, fingerprints={"f": 80}), "identical"),
        (RecentCounts(100, fingerprints={"f": 80}, answered_by_cache=79), None),
        (RecentCounts(100, {"requests_per_minute": 60}), None),
        (RecentCounts(1000, {"budget_exceeded": 90}), None),
        (RecentCounts(100, {"budget_exceeded": 90}, usual_refused=80.0), None),
        (RecentCounts(0), None),
    ],
)
def test_a_key_that_is_refused_or_asks_the_same_again_and_again_is_a_storm(
    counts: RecentCounts, reason: str | None
) -> None:
    storm = find_retry_storm(counts)

    assert (storm.reason if storm else None) == reason


def test_a_new_key_has_its_parents_past_at_its_share() -> None:
    parent = grid([10.0] * 5 * DAY)
    own = grid([None] * 3 * DAY + [2.0] * 2 * DAY)

    told = with_parents_past(own, parent)

    assert told.mean(3 * DAY, 3 * DAY) == pytest.approx(2.0)
    assert told.mean(5 * DAY, 2 * DAY) == 2.0


def test_a_key_of_today_has_no_share_yet() -> None:
    own = grid([None] * 4 * DAY + [2.0] * 20)

    assert with_parents_past(own, grid([10.0] * (4 * DAY + 20))) is own
