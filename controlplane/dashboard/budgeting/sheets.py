"""The rows of the page of budgets as rows of a file."""

from collections.abc import Iterable

from controlplane.budgets.owners import Owner, owner_of
from controlplane.budgets.standing import Standing
from controlplane.cells import Cell
from controlplane.dashboard.budgeting.listing import Listing
from controlplane.dashboard.exporting import Sheet

COLUMNS = (
    "owner_type",
    "owner",
    "name",
    "below",
    "budget",
    "window",
    "time_zone",
    "enforcement",
    "own_limit_usd",
    "limit_usd",
    "spent_usd",
    "reserved_usd",
    "remaining_usd",
    "window_start",
    "window_end",
    "forecast_low_usd",
    "forecast_usd",
    "forecast_high_usd",
    "runs_out",
    "state",
)


def sheet_of(listing: Listing) -> Sheet:
    """Budgets in the order seen; owners that have none have their own columns alone."""
    return Sheet("budgets", COLUMNS, list(_rows(listing)))


def _rows(listing: Listing) -> Iterable[list[Cell]]:
    if listing.only == "none":
        yield from (_without(owner) for owner in listing.listed_owners)
    elif listing.only != "all":
        yield from map(_row, listing.listed)
    else:
        for line in listing.lines:
            yield from map(_row, line.standings)
            if not line.standings:
                yield _without(line.owner)


def _owner(owner: Owner) -> list[Cell]:
    return [owner.kind.value, owner.id, owner.name, owner.parent and owner.parent[1]]


def _without(owner: Owner) -> list[Cell]:
    return _owner(owner) + [None] * (len(COLUMNS) - len(_owner(owner)))


def _row(standing: Standing) -> list[Cell]:
    budget, balance, forecast = standing.budget, standing.balance, standing.forecast
    return [
        *_owner(owner_of(budget)),
        budget.id,
        budget.window,
        budget.timezone,
        budget.enforcement,
        budget.limit_usd,
        balance.limit_usd,
        balance.spent_usd,
        balance.reserved_usd,
        balance.remaining_usd,
        balance.window_start.isoformat(),
        balance.window_end and balance.window_end.isoformat(),
        *((forecast.low_usd, forecast.expected_usd, forecast.high_usd) if forecast else [None] * 3),
        standing.runs_out and standing.runs_out.isoformat(),
        standing.state.value,
    ]
