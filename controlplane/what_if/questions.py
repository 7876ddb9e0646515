"""A question as people ask it, read strictly: whatever door it came through, it is this JSON.

`{"period": "last-month", "prices": [{"model", "input_usd_per_mtok", …}], "prices_on": "2026-11-22",
"models": [{"from", "to"}], "budgets": [{"budget", "limit_usd"} or {"owner_type", "owner",
"limit_usd", "window"}], "cache": {"mode": "off"} or {"mode": "semantic", "threshold": "0.9"},
"customer": […], "team": […], "virtual_key": […]}`
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from billing.budgets import Budget
from billing.money import parse_usd
from billing.prices import COLUMNS
from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Principal, visible
from controlplane.budgets.models import Budget as ConfiguredBudget
from controlplane.budgets.models import OwnerType
from controlplane.budgets.validators import validate_window
from controlplane.errors import invalid
from controlplane.keys.models import VirtualKey
from controlplane.usage.filters import RecordFilter
from controlplane.usage.periods import LAST_MONTH, Period, days_between, named_period
from controlplane.validators import is_storable, validate_timezone

FIELDS = ("period", "from", "to", "timezone", "prices", "prices_on", "models", "budgets", "cache")
NARROWED = ("customer", "team", "virtual_key")
MANY = 50
DAYS_MAX = 400
RATE_MAX = Decimal(10) ** 9
KIND_OF = {column: kind for kind, column in COLUMNS.items()}
OWNERS = {
    OwnerType.CUSTOMER.value: Customer,
    OwnerType.TEAM.value: Team,
    OwnerType.VIRTUAL_KEY.value: VirtualKey,
}
NOTHING = "Say what is to be otherwise: prices, models, budgets or the cache."


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, checked. `threshold` is of the semantic cache; `cache_off`: without any."""

    period: Period
    records: RecordFilter
    prices: Mapping[str, Mapping[str, Decimal]]
    prices_on: date | None
    models: Mapping[str, str]
    budgets: tuple[Budget, ...]
    cache_off: bool = False
    threshold: Decimal | None = None

    @property
    def exchanges_prices(self) -> bool:
        return bool(self.prices or self.models or self.prices_on)


def read_question(asked: Mapping[str, Any], viewer: Principal, now: datetime) -> Question:
    """Raises `DomainError` that names the field; a viewer asks within their bounds."""
    if unknown := [name for name in asked if name not in (*FIELDS, *NARROWED)]:
        raise invalid(str(unknown[0]), "Unknown field.")
    period = _period(asked, now)
    cache = _cache(asked.get("cache"))
    records = RecordFilter(
        fields={name: _texts(name, asked[name]) for name in NARROWED if asked.get(name)},
        start=period.start,
        end=min(period.end, now),
        timezone=period.timezone,
        only_customer=viewer.customer_id,
        only_team=viewer.team_id,
    )
    question = Question(
        period,
        records,
        dict(_price(each) for each in _list(asked, "prices")),
        _day("prices_on", asked.get("prices_on")),
        dict(_swap(each) for each in _list(asked, "models")),
        tuple(_budget(each, viewer) for each in _list(asked, "budgets")),
        *cache,
    )
    if not (question.exchanges_prices or question.budgets or cache != (False, None)):
        raise invalid("prices", NOTHING)
    return question


def _period(asked: Mapping[str, Any], now: datetime) -> Period:
    zone = asked.get("timezone") or "UTC"
    _require(zone, validate_timezone, "timezone", "Use a name such as Europe/Berlin.")
    if asked.get("from") or asked.get("to"):
        first, last = (_day(name, asked.get(name)) for name in ("from", "to"))
        if first is None or last is None:
            raise invalid("from", "Give both 'from' and 'to', or a period.")
        period = days_between(first, last, zone)
    else:
        period = named_period(str(asked.get("period") or LAST_MONTH), zone, now)
    if period.days > DAYS_MAX or period.start >= now:
        raise invalid("period", f"Must have begun, and have at most {DAYS_MAX} days.")
    return period


def _require(value: Any, check: Callable[[str], None], name: str, message: str) -> None:
    try:
        check(value)
    except (ValidationError, TypeError, AttributeError):
        raise invalid(name, message) from None


def _day(name: str, value: Any) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise invalid(name, "Must be a day like 2026-10-31.") from None


def _list(asked: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    value = asked.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise invalid(name, "Must be a list of objects.")
    if len(value) > MANY:
        raise invalid(name, f"At most {MANY}.")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or len(several) > MANY:
        raise invalid(name, f"Must be an id, or at most {MANY}.")
    return tuple(_text(name, each) for each in several)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 300 or not is_storable(value):
        raise invalid(name, "Must be a text of at most 300 characters.")
    return value


def _price(given: Mapping[str, Any]) -> tuple[str, dict[str, Decimal]]:
    model = _text("prices.model", given.get("model"))
    rates = {}
    for name, value in given.items():
        if name == "model" or value is None:
            continue
        if name not in KIND_OF:
            raise invalid(f"prices.{name}", "Is no rate of a price.")
        rates[KIND_OF[name]] = _amount(f"prices.{name}", value, RATE_MAX)
    if not rates:
        raise invalid("prices", f"{model}: give at least one rate.")
    return model, rates


def _swap(given: Mapping[str, Any]) -> tuple[str, str]:
    return _text("models.from", given.get("from")), _text("models.to", given.get("to"))


def _budget(given: Mapping[str, Any], viewer: Principal) -> Budget:
    """One that is there, with a limit of the question's own; or one that is not."""
    limit = _amount("budgets.limit_usd", given.get("limit_usd"), Decimal(10) ** 12)
    if given.get("budget"):
        id = _text("budgets.budget", given["budget"])
        rows = visible(ConfiguredBudget.objects.filter(archived_at=None), viewer)
        row = rows.filter(pk=id).first()
        if row is None:
            raise invalid("budgets.budget", "There is no such budget.")
        return Budget(row.id, row.owner_type, row.owner_id, limit, row.window, row.timezone, True)
    kind = given.get("owner_type")
    if kind not in OWNERS:
        raise invalid("budgets.owner_type", f"Must be one of {', '.join(OWNERS)}.")
    owner = _text("budgets.owner", given.get("owner"))
    if not visible(OWNERS[kind]._default_manager.filter(pk=owner), viewer).exists():
        raise invalid("budgets.owner", "There is no such owner.")
    window, zone = given.get("window") or "month", given.get("timezone") or "UTC"
    _require(window, validate_window, "budgets.window", "Must be like month, 30d or 6h.")
    _require(zone, validate_timezone, "budgets.timezone", "Use a name such as Europe/Berlin.")
    return Budget(f"{owner} ({window})", kind, owner, limit, window, zone, True)


def _amount(name: str, value: Any, most: Decimal) -> Decimal:
    try:
        amount = parse_usd(value if isinstance(value, Decimal) else str(value))
    except ValueError:
        amount = Decimal(-1)
    if isinstance(value, bool | float) or not 0 <= amount <= most:
        raise invalid(name, 'Must be a decimal string such as "2.50", from 0 on.')
    return amount


def _cache(given: Any) -> tuple[bool, Decimal | None]:
    if not given:
        return False, None
    if not isinstance(given, Mapping) or given.get("mode") not in ("off", "semantic"):
        raise invalid("cache.mode", "Must be off or semantic.")
    if given["mode"] == "off":
        return True, None
    threshold = _amount("cache.threshold", given.get("threshold") or "0.95", Decimal(1))
    return False, threshold
