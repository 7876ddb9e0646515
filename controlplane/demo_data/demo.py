"""`write_demo_data`: from nothing to months of traffic in the books."""

from datetime import datetime, timedelta
from random import Random

from billing.prices import Price
from controlplane.budgets.models import Balance
from controlplane.demo_data import configuration
from controlplane.demo_data.admission import Spent, admitted
from controlplane.demo_data.aftermath import leave_behind
from controlplane.demo_data.allotments import ALLOTMENTS, Granted, grant
from controlplane.demo_data.booking import book, create_partitions, request_id
from controlplane.demo_data.calls import Book, Call, Scene, draw_call
from controlplane.demo_data.events import outage, spike, spike_caller, with_spike
from controlplane.demo_data.rhythm import Span, moments
from controlplane.errors import Conflict
from controlplane.usage.queries import find_record
from controlplane.usage.services import measure_latencies_of


def write_demo_data(
    days: int, requests: int, *, seed: int, now: datetime, again: bool = False
) -> int:
    """Books so many requests of the days before now; returns how many.

    With `again` it adds to what is there, by another seed. Raises `Conflict` where it may not.
    """
    prefix = f"req_demo{seed}_"
    _require_room(prefix, again)
    span = Span(now - timedelta(days=days), now)
    create_partitions(span)
    if not configuration.is_there():
        configuration.create_people()
        configuration.create_offers(span)
    calls = _calls(span, requests, Random(seed))
    many = book(admitted(calls, _granted(calls, span), _spent()), prefix=prefix)
    if not again:
        leave_behind(now)
    measure_latencies_of(span.start.replace(minute=0, second=0, microsecond=0), span.end)
    return many


def _calls(span: Span, requests: int, random: Random) -> list[Call]:
    calm = moments(span, requests, random)
    scene = Scene(_prices(), outage(span.end), spike(span.end), spike_caller())
    made = with_spike(calm, requests, span.end, random)
    return [draw_call(moment, scene, random) for moment in made]


def _granted(calls: list[Call], span: Span) -> list[Granted]:
    """The budgets as they are, or else as these calls make them sensible."""
    known = configuration.limits()
    if all(allotment.id in known for allotment in ALLOTMENTS):
        return [Granted(allotment, known[allotment.id]) for allotment in ALLOTMENTS]
    granted = grant(calls, span)
    configuration.create_allotments(granted)
    return granted


def _prices() -> Book:
    """By model, the newest first."""
    found: dict[str, list[Price]] = {}
    for row in configuration.price_rows():
        found.setdefault(row["model_id"], []).append(Price.from_row(row))
    return found


def _spent() -> Spent:
    rows = Balance.objects.filter(budget__in=[each.id for each in ALLOTMENTS])
    return {(row.budget_id, row.window_start): row.spent_usd for row in rows}


def _require_room(prefix: str, again: bool) -> None:
    if configuration.is_there() and not again:
        raise Conflict("already_exists", "The demo data are there: --again adds more.")
    if find_record(request_id(prefix, 1)) is not None:
        raise Conflict("already_exists", "This seed was used: choose another with --seed.")
