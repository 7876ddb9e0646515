"""Limits that peers put on teams and customers, which here are a key's."""

from collections.abc import Mapping

Limits = Mapping[str, int]
"""By the names of `rate_limit`; what is not limited is not in it."""


def tightest(*several: Limits) -> dict[str, int]:
    """The least of each."""
    least: dict[str, int] = {}
    for limits in several:
        for name, limit in limits.items():
            least[name] = min(limit, least.get(name, limit))
    return least
