"""What labels prove, and when."""

import pytest

from dataplane.caching.judgement.evidence import Evidence, wilson_lower, wilson_upper
from tests.bench.cache_threshold import CURVES, live

RUNS, REQUESTS = 20, 1500


@pytest.mark.parametrize(("target", "labels"), [(0.05, 52), (0.02, 133), (0.01, 268)])
def test_the_bound_needs_so_many_labels_without_an_error(target, labels):
    assert wilson_upper(0, labels) <= target
    assert wilson_upper(0, labels - 1) > target


def test_bounds_lie_around_what_was_seen():
    assert wilson_lower(5, 100) < 0.05 < wilson_upper(5, 100)
    assert (wilson_lower(0, 0), wilson_upper(0, 0)) == (0.0, 1.0)
    assert wilson_upper(7, 7) == 1.0


def learned(labels, target=0.05):
    evidence = Evidence()
    for score, wrong, count in labels:
        for _ in range(count):
            evidence.add(score, is_wrong=wrong)
    return evidence.threshold(target)


def test_nothing_is_proven_without_labels():
    assert learned([]) is None


def test_the_highest_bin_is_proven_first():
    assert learned([(0.995, False, 150)]) == 0.99


def test_a_lower_bin_joins_what_is_proven():
    assert learned([(0.995, False, 200), (0.96, False, 60)]) == 0.95


def test_a_bad_bin_ends_the_descent():
    assert learned([(0.995, False, 300), (0.96, True, 20), (0.92, False, 999)]) == 0.99


def test_a_bad_top_is_not_paid_for_by_what_is_below():
    assert learned([(0.995, True, 30), (0.96, False, 5000)]) is None


def test_blocks_and_impossible_scores_teach_nothing():
    assert learned([(0.0, False, 500), (-1.0, False, 500), (float("nan"), False, 500)]) is None


def test_what_was_proven_is_withdrawn_when_it_no_longer_holds():
    evidence = Evidence()
    for _ in range(200):
        evidence.add(0.995, is_wrong=False)
    assert evidence.threshold(0.05) == 0.99

    for _ in range(20):
        evidence.add(0.995, is_wrong=True)

    assert evidence.threshold(0.05) is None


@pytest.mark.parametrize("name", ["just above 5 %", "falls with the score", "wrong at the top"])
def test_at_most_one_simulated_key_in_twenty_breaks_its_target(name):
    lives = [live(CURVES[name], 0.05, REQUESTS, seed) for seed in range(RUNS)]

    assert sum(life.is_broken(0.05) for life in lives) <= RUNS // 20


def test_a_key_that_is_hardly_ever_wrong_is_served_soon():
    began = [live(CURVES["hardly ever wrong"], 0.05, 400, seed).began_after for seed in range(10)]

    assert all(after is not None and after < 300 for after in began)
