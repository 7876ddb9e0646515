"""Budgets of the demo: their limits follow from what was spent, so that some are nearly used up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from functools import partial

from billing.money import ZERO
from billing.periods import EPOCH, Window, rolling_length, window_at
from controlplane.demo_data.calls import Call
from controlplane.demo_data.people import CALLERS, Caller
from controlplane.demo_data.rhythm import Span

CENT = Decimal("0.01")
USUAL = timedelta(days=28)  # what "usually" looks back on


@dataclass(frozen=True, kw_only=True)
class Allotment:
    """A budget to be: its limit is a factor of what is usual in a window, or spent in this one."""

    owner_type: str
    owner: str
    window: str
    factor: Decimal
    of: str = "usual"
    enforcement: str = "hard"

    @property
    def id(self) -> str:
        return f"{self.owner}-{self.window}"

    def binds(self, caller: Caller) -> bool:
        owners = {"customer": caller.customer.id, "team": caller.team.id}
        return self.owner == owners.get(self.owner_type, caller.id)

    @property
    def timezone(self) -> str:
        return next(caller for caller in CALLERS if self.binds(caller)).customer.timezone


@dataclass(frozen=True)
class Granted:
    """An allotment with its limit."""

    allotment: Allotment
    limit_usd: Decimal


def _allot(owner_type: str, owner: str, window: str, factor: str, **more: str) -> Allotment:
    return Allotment(
        owner_type=owner_type, owner=owner, window=window, factor=Decimal(factor), **more
    )


_of_customer = partial(_allot, "customer")
_of_team = partial(_allot, "team")
_of_key = partial(_allot, "virtual_key")

ALLOTMENTS = (
    _of_customer("acme_corp", "month", "1.25"),
    _of_customer("globex", "month", "1.6"),
    _of_customer("globex", "quarter", "1.9"),
    _of_customer("initech", "month", "1.35"),
    _of_customer("umbrella", "30d", "1.1", enforcement="soft"),
    _of_team("acme-assistant", "month", "1.06", of="spent"),
    _of_team("acme-search", "month", "1.4"),
    _of_team("acme-data", "month", "0.85", of="spent", enforcement="soft"),
    _of_team("globex-care", "week", "2.2"),
    _of_team("globex-build", "month", "1.03"),
    _of_team("initech-support", "month", "1.15", enforcement="soft"),
    _of_team("initech-tps", "lifetime", "40"),
    _of_key("vk_acme-assistant_agent_prod", "month", "0.98", of="spent"),
    _of_key("vk_acme-assistant_chat_prod", "day", "3.5"),
    _of_key("vk_globex-build_agent_staging", "month", "2"),
    _of_key("vk_globex-legal_chat_prod", "6h", "6", enforcement="soft"),
    _of_key("vk_hooli-xyz_chat_staging", "month", "3"),
)


def grant(calls: Iterable[Call], span: Span) -> list[Granted]:
    """Every allotment with a round limit, from what the calls cost."""
    spent = dict.fromkeys(ALLOTMENTS, ZERO)
    lately = dict.fromkeys(ALLOTMENTS, ZERO)
    current = {each: current_window(each, span.end) for each in ALLOTMENTS}
    bound = {caller.id: [a for a in ALLOTMENTS if a.binds(caller)] for caller in CALLERS}
    for call in calls:
        for allotment in bound[call.caller.id]:
            cost = call.cost_usd or ZERO
            if current[allotment].holds(call.at):
                spent[allotment] += cost
            if call.at >= span.end - USUAL:
                lately[allotment] += cost
    seen = min(USUAL, span.end - span.start)
    return [
        Granted(each, _limit(each, spent[each], _usual(each, lately[each], seen)))
        for each in ALLOTMENTS
    ]


def current_window(allotment: Allotment, at: datetime) -> Window:
    length = rolling_length(allotment.window)
    return (
        Window(at - length, at) if length else window_at(allotment.window, allotment.timezone, at)
    )


def _usual(allotment: Allotment, lately_usd: Decimal, seen: timedelta) -> Decimal:
    """What a whole window would cost at the pace of lately."""
    length = rolling_length(allotment.window)
    if length is None:
        window = window_at(allotment.window, allotment.timezone, EPOCH + timedelta(days=180))
        length = window.end - window.start if window.end else timedelta(days=30)
    return lately_usd * Decimal(length / seen)


def _limit(allotment: Allotment, spent_usd: Decimal, usual_usd: Decimal) -> Decimal:
    """At the start of a window so little is spent that what is usual says more."""
    base = spent_usd if allotment.of == "spent" and spent_usd * 4 > usual_usd else usual_usd
    return _rounded(max(base * allotment.factor, CENT))


def _rounded(amount: Decimal) -> Decimal:
    """Upward to two or three digits, as people set limits."""
    step = Decimal(1).scaleb(amount.adjusted() - 2)
    return max(amount.quantize(step, rounding=ROUND_UP), CENT).quantize(CENT, rounding=ROUND_UP)
