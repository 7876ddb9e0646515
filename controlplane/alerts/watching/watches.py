"""The table of watchers, and running them: what each sees is what is open of its kind."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils import timezone

from controlplane.alerts.models import Alert, Kind
from controlplane.alerts.services import Opened, Sighting, keep_alerts
from controlplane.alerts.watching import (
    books,
    forecasts,
    jobs,
    refusals,
    repetitions,
    thresholds,
    unpriced,
)
from controlplane.alerts.watching.standings import standings

Seen = Callable[[Mapping[str, Alert], datetime], list[Sighting]]

# By kind: who looks, and what is said of what is over.
OF_THE_INSTALLATION: Mapping[Kind, tuple[Seen, str]] = {
    Kind.NO_PRICE: (unpriced.without_price, "It has a price, or was not used for a day."),
    Kind.PROVIDER_PAUSED: (books.paused, "It is called again."),
    Kind.BOOKS_BEHIND: (books.behind, "The books are up to date."),
    Kind.JOB_FAILED: (jobs.unwell, "It ran, and succeeded."),
    Kind.RETRY_STORM: (repetitions.retry_storms, "Nothing was repeated for ten minutes."),
    Kind.DISAGREES: (books.disagree, "The last verification found no difference."),
}


def watch_budgets(at: datetime | None = None) -> list[Opened]:
    """How much is spent, and what is refused; all balances are read once."""
    now = at or timezone.now()
    budgets = standings(now)
    seen = thresholds.over(budgets, open_alerts(Kind.OVER))
    opened = keep_alerts(
        kind=Kind.OVER,
        seen=seen,
        over=lambda alert: thresholds.how_it_ended(alert, seen),
        area=thresholds.AREA,
    )
    refused = refusals.refusing(budgets, open_alerts(Kind.REFUSING), now)
    ended = "Its window is over, or its limit was raised."
    return opened + keep_alerts(kind=Kind.REFUSING, seen=refused, over=ended, area=refusals.AREA)


def watch_forecasts(at: datetime | None = None) -> list[Opened]:
    """What is likely to run out. Raises `DomainError` where the books take too long to answer."""
    now = at or timezone.now()
    seen = forecasts.runs_out(standings(now), open_alerts(Kind.RUNS_OUT), now)
    ended = "It is not likely any more, or its window is over."
    return keep_alerts(kind=Kind.RUNS_OUT, seen=seen, over=ended, area=forecasts.AREA)


def watch_installation(at: datetime | None = None) -> list[Opened]:
    """Prices, providers and books."""
    now = at or timezone.now()
    opened = []
    for kind, (look, over) in OF_THE_INSTALLATION.items():
        opened += keep_alerts(kind=kind, seen=look(open_alerts(kind), now), over=over)
    return opened


def open_alerts(kind: Kind) -> dict[str, Alert]:
    """By cause."""
    return {alert.cause: alert for alert in Alert.objects.filter(kind=kind, resolved_at=None)}
