"""Budgets: in a section of their own, where they name their owner, or inside their owner."""

from collections.abc import Iterator
from dataclasses import replace

from controlplane.accounts.permissions import Resource
from controlplane.budgets.models import Budget, Enforcement, OwnerType, RaiseApprover, Shortfall
from controlplane.provisioning.forms.accounts import DESCRIPTION
from controlplane.provisioning.forms.form import Entry, Field, Form
from controlplane.provisioning.forms.limits import LIMIT_FIELDS, complete_limit
from controlplane.provisioning.problems import Problem
from controlplane.provisioning.shapes import each
from controlplane.provisioning.values import nullable, number, one_of, slug, text, usd


def _complete(entry: Entry) -> Iterator[Problem]:
    for name in ("owner_type", "owner"):
        if name not in entry.places and entry.id is None:
            yield Problem(entry.place, f"Needs '{name}': whose budget it is.")
    yield from complete_limit(entry)


INLINE_BUDGETS = Form(
    section="budgets",
    resource=Resource.BUDGETS,
    model=Budget,
    fields={
        "id": Field("id", slug),
        **DESCRIPTION,
        **LIMIT_FIELDS,
        "timezone": Field("timezone", text),
        "enforcement": Field("enforcement", one_of(Enforcement.values)),
        "shortfall": Field("shortfall", one_of(Shortfall.values)),
        "alert_thresholds": Field("alert_thresholds", each(number)),
        "carry_over_max_usd": Field("carry_over_max_usd", nullable(usd)),
        "raise_step_usd": Field("raise_step_usd", nullable(usd)),
        "raise_ceiling_usd": Field("raise_ceiling_usd", nullable(usd)),
        "raise_approver": Field("raise_approver", one_of(RaiseApprover.values)),
    },
    other_words=set(LIMIT_FIELDS) - {"limit_usd", "window"},
    complete=complete_limit,
)

BUDGETS = replace(
    INLINE_BUDGETS,
    fields={
        "id": Field("id", slug),
        "owner_type": Field("owner_type", one_of(OwnerType.values)),
        "owner": Field("owner", slug),
        **INLINE_BUDGETS.fields,
    },
    complete=_complete,
)
