"""What is known of a key, and what is said of it while it is not enough."""

from decimal import Decimal

from dataplane.caching.asked import Embedded, asked_from
from dataplane.caching.judgement.standing import Counted, Rate, Standing, labels_needed
from dataplane.caching.rates import rates_of

TARGET = 0.05


def standing(*counts, own=None, target=TARGET):
    return Standing.of([Counted(*each) for each in counts], target, own)


def test_a_faultless_key_is_told_how_many_comparisons_are_lacking():
    labels, about = standing(("", 7, 40, 0)).lacking()

    assert labels == 40
    assert about == labels_needed(0, 40, TARGET)
    assert 100 < about < 160


def test_what_is_too_often_wrong_is_in_no_sight():
    assert standing(("", 7, 40, 12)).lacking() == (40, None)
    assert labels_needed(6, 100, TARGET) is None


def test_a_stricter_target_takes_more():
    assert labels_needed(0, 0, 0.02) > 2 * labels_needed(0, 0, 0.05)


def test_namespaces_prove_a_threshold_together_and_are_told_apart():
    known = standing(("shop", 7, 150, 0), ("help", 7, 150, 3), ("help", 2, 50, 40))

    assert known.threshold == 0.99
    assert known.rate("shop") == Rate(150, 0)
    assert known.rate("help") == Rate(150, 3)
    assert known.rate() == Rate(300, 3)


def test_a_threshold_set_by_hand_says_what_counts():
    assert standing(("", 7, 10, 0), ("", 1, 10, 9), own=0.6).rate() == Rate(20, 9)
    assert standing(("", 7, 10, 0), ("", 1, 10, 9), own=0.7).rate() == Rate(10, 0)


def test_the_table_of_thresholds_adds_up_from_the_strictest_on():
    table = standing(("", 7, 10, 0, 90, Decimal("1.5")), ("", 4, 20, 5, 0, Decimal(1))).would_be()

    assert (table[0].threshold, table[0].hits, table[0].saved_usd) == (0.99, 100, Decimal("1.5"))
    assert (table[-1].hits, table[-1].saved_usd, table[-1].rate) == (
        120,
        Decimal("2.5"),
        Rate(30, 5),
    )


def test_metrics_speak_of_keys_that_serve_alone():
    row = {"customer_id": "acme", "namespace": "", "embedder": "e", "cache_target_error": None}
    proven = {**row, "virtual_key_id": "a", "bin": 7, "labels": 200, "wrong": 1}
    young = {**row, "virtual_key_id": "b", "bin": 7, "labels": 20, "wrong": 9}

    found = rates_of([{**each, "cache_threshold": None} for each in (proven, young)])

    assert found == {("acme", ""): Rate(200, 1)}


def test_what_is_no_vector_is_none():
    for vector in ([], [0.0] * 8, [float("nan")] * 8, [float("inf")], [1.0] * 5000, ["x"], [None]):
        assert asked_from("hello", b"s", Embedded("e", vector)) is None
    assert asked_from("hello", b"s", Embedded("e", [3.0, 4.0])).vector == "[0.600000,0.800000]"
