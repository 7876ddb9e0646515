"""What to do about an alert: one verb, and the page where it is done."""

from dataclasses import dataclass

from controlplane.alerts.models import Alert, Kind
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.navigation import page_url


@dataclass(frozen=True)
class Act:
    """A button: a verb, and where it leads."""

    title: str
    url: str


def act_for(alert: Alert) -> Act | None:
    """By the kind of alert; None while the page it leads to does not exist."""
    title, page, parameters = _act(alert)
    url = page_url(page)
    if url is None:
        return None
    given = {name: (value,) for name, value in parameters.items() if value}
    return Act(title, Query(given).url(url))


def _act(alert: Alert) -> tuple[str, str, dict[str, str | None]]:
    match alert.kind:
        case Kind.REFUSING | Kind.OVER | Kind.RUNS_OUT:
            return "Raise or lend", "budgets", {"edit": alert.budget_id}
        case Kind.RETRY_STORM:
            return "See its requests", "requests", {"virtual_key": alert.virtual_key_id}
        case Kind.UNUSUAL | Kind.POSSIBLE_LEAK:
            key = {"virtual_key": alert.virtual_key_id, "customer": alert.customer_id}
            return "See what changed", "explore", {**key, "by": "model"}
        case Kind.NO_PRICE:
            return "Add the price", "prices", {"model": alert.model_id}
        case Kind.PROVIDER_PAUSED:
            return "See the provider", "providers", {}
        case Kind.EXPIRES:
            return "Renew it", "keys", {"q": alert.virtual_key_id}
        case Kind.JOB_FAILED:
            return "See the jobs", "jobs", {}
        case _:
            return "Look at it", "alerts", {}
