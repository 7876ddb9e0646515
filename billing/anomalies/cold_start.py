"""A new key has no past: until it has, its parent's stands in for it."""

from billing.anomalies.grid import DAY_SECONDS, Grid

OWN_DAYS_MIN = 1


def with_parents_past(own: Grid, parent: Grid) -> Grid:
    """The series with, before its first slot, its parent's at the share it has had of it since.

    Both are on slots of the same length and end together. A series that is younger than a day has
    no share that could be told: it stays as it is, and its parent is judged.
    """
    first = next((slot for slot, many in enumerate(own.counts) if many), 1) - 1
    age = len(own) - first
    missing = len(parent) - age
    if age * own.step < OWN_DAYS_MIN * DAY_SECONDS or missing <= 0:
        return own
    theirs = parent.sums[-1] - parent.sums[missing]
    share = (own.sums[-1] - own.sums[first]) / theirs if theirs > 0 else 0.0
    past = [
        after - before
        for before, after in zip(parent.sums[:missing], parent.sums[1:], strict=False)
    ]
    present = [own.sums[slot + 1] - own.sums[slot] for slot in range(first, len(own))]
    return Grid.of(parent.start, own.step, [*(value * share for value in past), *present])
