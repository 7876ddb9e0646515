"""What a statement says: the sums of a customer's usage, as they are read once and then frozen."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from billing.money import format_usd
from controlplane.accounts.models import Customer, Team
from controlplane.budgets.models import ChangeKind, LimitChange
from controlplane.keys.models import VirtualKey
from controlplane.personal_data import rows_of_customer
from controlplane.usage.filters import RecordFilter
from controlplane.usage.measures import Sums
from controlplane.usage.summary import Group, summarise

GROUPS_MAX = 1_000_000  # nobody is left out of a bill
PRICES = """
SELECT price_id, provider, model, count(*), coalesce(sum(cost_usd), 0)
FROM usage_usagerecord
WHERE customer_id = %s AND at >= %s AND at < %s AND price_id IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY 5 DESC, 1, 2, 3
"""

Row = dict[str, Any]


def contents(customer: Customer, start: datetime, end: datetime) -> Row:
    """All figures of `[start, end)`, money as decimal strings; breakdowns add up to the sum."""
    records = RecordFilter(fields={"customer": (customer.id,)}, start=start, end=end)
    whole = summarise(records, ())
    return {
        "customer": {"id": customer.id, "name": customer.name},
        **_figures(whole.total),
        "by_team": _broken_down(records, ("team",), _names_of_teams),
        "by_virtual_key": _broken_down(records, ("virtual_key",), _names_of_keys),
        "by_model": _broken_down(records, ("provider", "model")),
        "prices": _prices_used(customer, start, end),
        "carried_over": _carried_over(customer, start, end),
    }


def _figures(sums: Sums) -> Row:
    return {
        "cost_usd": None if sums.cost_usd is None else format_usd(sums.cost_usd),
        "saved_usd": format_usd(sums.saved_usd),
        "requests": sums.requests,
        "answered": sums.answered,
        "refused": sums.refused,
        "failed": sums.failed,
        "unpriced_requests": sums.unpriced_requests,
        "input_tokens": sums.input_tokens,
        "output_tokens": sums.output_tokens,
    }


def _broken_down(
    records: RecordFilter,
    dimensions: tuple[str, ...],
    names_of: Callable[[Iterable[Any]], dict[str, str]] | None = None,
) -> list[Row]:
    groups = summarise(records, dimensions, limit=GROUPS_MAX).groups
    names = names_of(group.values[0] for group in groups) if names_of else {}
    return [_line(dimensions, group, names) for group in groups]


def _line(dimensions: tuple[str, ...], group: Group, names: dict[str, str]) -> Row:
    line: Row = dict(zip(dimensions, group.values, strict=True))
    if (name := names.get(str(group.values[0]))) is not None:
        line["name"] = name
    return {**line, **_figures(group.sums)}


def _names_of_teams(ids: Iterable[Any]) -> dict[str, str]:
    return dict(Team.objects.filter(pk__in=[id for id in ids if id]).values_list("pk", "name"))


def _names_of_keys(ids: Iterable[Any]) -> dict[str, str]:
    named = VirtualKey.objects.filter(pk__in=[id for id in ids if id])
    return dict(named.values_list("pk", "name"))


def _prices_used(customer: Customer, start: datetime, end: datetime) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(PRICES, [customer.id, start, end])
        return [
            {
                "price_id": price,
                "provider": provider,
                "model": model,
                "requests": requests,
                "cost_usd": format_usd(cost_usd),
            }
            for price, provider, model, requests, cost_usd in cursor.fetchall()
        ]


def _carried_over(customer: Customer, start: datetime, end: datetime) -> list[Row]:
    """By budget: what windows that began meanwhile had beside their limit, left from before."""
    changes = LimitChange.objects.filter(
        pk__in=rows_of_customer(LimitChange, customer.id).values("pk"),
        kind=ChangeKind.CARRIED_OVER,
        undone_at=None,
        starts_at__gte=start,
        starts_at__lt=end,
    )
    sums = changes.values("budget", "budget__owner_type").annotate(
        windows=Count("pk"), carried_usd=Sum("amount_usd")
    )
    return [
        {
            "budget": row["budget"],
            "owner_type": row["budget__owner_type"],
            "windows": row["windows"],
            "carried_usd": format_usd(row["carried_usd"]),
        }
        for row in sums.order_by("budget")
    ]
