"""A token as it came, and how long it is to be used."""

from dataclasses import dataclass, field

# As far ahead as Google's own libraries: its metadata server hands out no newer token before.
REFRESH_AHEAD_SECONDS = 225.0
# A call under way may still need it, and clocks differ.
SPARE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class FetchedToken:
    """Times are seconds since the epoch. Tokens that live but shortly are used for most of it."""

    token: str = field(repr=False)
    fetched_at: float
    expires_at: float
    project: str | None

    @property
    def refresh_at(self) -> float:
        return self.expires_at - min(REFRESH_AHEAD_SECONDS, self._lifetime / 4)

    @property
    def usable_until(self) -> float:
        return self.expires_at - min(SPARE_SECONDS, self._lifetime / 10)

    @property
    def _lifetime(self) -> float:
        return max(0.0, self.expires_at - self.fetched_at)
