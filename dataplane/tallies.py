"""Sums that requests add to, and that are pushed to the metrics library now and then."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from prometheus_client import Histogram

OTHER = "other"
CHILDREN_MAX = 2000


class Children:
    """The children of one metric, by label values; beyond `CHILDREN_MAX` they are all `other`."""

    def __init__(self, metric: Any) -> None:
        self._metric = metric
        self._children: dict[tuple[str, ...], Any] = {}

    def __getitem__(self, labels: tuple[str, ...]) -> Any:
        child = self._children.get(labels)
        if child is None:
            if len(self._children) >= CHILDREN_MAX:
                labels = (OTHER,) * len(labels)
            child = self._children[labels] = self._metric.labels(*labels)
        return child

    def drop(self, labels: tuple[str, ...]) -> None:
        if self._children.pop(labels, None) is not None:
            self._metric.remove(*labels)


class Tally:
    """A counter: amounts by label values since the last push."""

    def __init__(self, children: Children) -> None:
        self._children = children
        self._amounts: dict[tuple[str, ...], float] = {}

    def add(self, labels: tuple[str, ...], amount: float = 1) -> None:
        self._amounts[labels] = self._amounts.get(labels, 0) + amount

    def push(self) -> None:
        amounts, self._amounts = self._amounts, {}
        for labels, amount in amounts.items():
            self._children[labels].inc(amount)


class Spread:
    """A histogram: how many values fell into each bucket since the last push, and their sum."""

    def __init__(self, histogram: Histogram, bounds: Sequence[float]) -> None:
        self._histogram: Any = histogram
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def push(self) -> None:
        # What `observe` does for one value, for all of them: the library has no word for that.
        for place, count in enumerate(self._counts):
            if count:
                self._histogram._buckets[place].inc(count)
                self._counts[place] = 0
        self._histogram._sum.inc(self._sum)
        self._sum = 0.0
