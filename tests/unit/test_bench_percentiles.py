"""The benchmark's percentiles: nearest rank, and none where too few values were measured."""

import pytest

from tests.bench.percentiles import Spread, percentile


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 50), (95, 95), (99, 99), (100, 100), (1, 1), (0, 1)]
)
def test_a_percentile_of_one_to_a_hundred_is_itself(percent: int, expected: int):
    assert percentile(range(1, 101), percent) == expected


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([1.0, 9.0], 50) == 1.0
    assert percentile([1.0, 9.0], 51) == 9.0
    assert percentile([7.0], 99) == 7.0


def test_one_slow_answer_in_a_hundred_is_beyond_the_p99():
    values = [1.0] * 99 + [50.0]
    assert percentile(sorted(values), 99) == 1.0
    assert percentile(sorted([*values, 50.0]), 99) == 50.0


def test_a_spread_does_not_depend_on_the_order():
    assert Spread.of([3.0, 1.0, 2.0]) == Spread.of([1.0, 2.0, 3.0])


def test_a_percentile_that_too_few_values_support_is_not_told():
    few = Spread.of(float(value) for value in range(99))
    assert few.p95 is not None
    assert few.p99 is None
    assert Spread.of(float(value) for value in range(100)).p99 == 98.0


def test_nothing_measured_is_no_number():
    assert Spread.of([]) == Spread(0, None, None, None, None)
