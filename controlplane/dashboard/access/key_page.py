"""What the page of a key shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from controlplane.budgets.binding import Held, budgets_of_path
from controlplane.dashboard.access.month import first_day, month_chart
from controlplane.dashboard.access.owners import state_of
from controlplane.dashboard.access.policy import policy_of
from controlplane.dashboard.access.refused import Refused, refused
from controlplane.dashboard.access.snippets import Snippet, snippets_of
from controlplane.dashboard.charts import Chart
from controlplane.dashboard.pages import Visit
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.usage.owners import days_and_parts, last_refusals


@dataclass(frozen=True)
class KeyPage:
    """One key as one viewer sees it: its policy, its budgets, its month and its refusals."""

    visit: Visit
    key: VirtualKey

    @cached_property
    def held(self) -> list[Held]:
        return budgets_of_path(self.key, self.visit.viewer, self.visit.now)

    @property
    def policy(self) -> list[str]:
        return policy_of(self.key, self.held, self.visit.now)

    @property
    def state(self) -> tuple[str, str]:
        if not any(each.revoked_at is None for each in self.secrets):
            return "Revoked", "bad"
        return state_of(self.key, self.visit.now)

    @cached_property
    def secrets(self) -> list[VirtualKeySecret]:
        """The newest first."""
        return list(self.key.secrets.all())

    @property
    def newest(self) -> str:
        return str(self.secrets[0].pk) if self.secrets else ""

    @property
    def working_until(self) -> datetime | None:
        """When the last secret before the newest ends, while one of them works."""
        now = self.visit.now
        ends = [
            each.expires_at
            for each in self.secrets[1:]
            if each.revoked_at is None and each.expires_at and each.expires_at > now
        ]
        return max(ends, default=None)

    @cached_property
    def _books(self) -> tuple[Chart | None, list[Refused]]:
        since, now = first_day(self.visit.now), self.visit.now
        own = ("virtual_key", self.key.pk)
        days, _ = days_and_parts(own, ("model", ()), since, now, self.visit.bounds)
        refusals = last_refusals(self.key.pk, since)
        chart = month_chart(days, now, "virtual_key", self.key.pk)
        return chart, refused(self.key, refusals, self.held)

    @property
    def chart(self) -> Chart | None:
        return self._books[0]

    @property
    def refusals(self) -> Sequence[Refused]:
        return self._books[1]

    @property
    def snippets(self) -> list[Snippet]:
        return snippets_of(self.key, self.visit.data_url)

    @property
    def snippet(self) -> Snippet:
        chosen = self.visit.query.first("snippet")
        return next((each for each in self.snippets if each.name == chosen), self.snippets[0])
