"""Who may see and do what: the one place that says so, for API, admin and dashboard alike.

Every role reads everything but tokens, members and content; `WRITERS` says who changes what.
Whoever is bound to a customer sees only that customer's rows, and changes nothing that others
share.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from controlplane.accounts.models import ApiToken, Member, Role

Row = TypeVar("Row", bound=Model)


class Resource(StrEnum):
    """What permissions are given for."""

    CUSTOMERS = "customers"
    TEAMS = "teams"
    MEMBERS = "members"
    TOKENS = "tokens"
    VIRTUAL_KEYS = "virtual-keys"
    BUDGETS = "budgets"
    METADATA_RULES = "metadata-rules"
    PROVIDERS = "providers"
    MODELS = "models"
    PRICES = "prices"
    LEDGER = "ledger"
    USAGE = "usage"
    CONTENT = "content"
    ALERTS = "alerts"
    AUDIT_LOG = "audit-log"


WRITERS: Mapping[Resource, frozenset[Role]] = {
    Resource.CUSTOMERS: frozenset({Role.ADMIN}),
    Resource.TEAMS: frozenset({Role.ADMIN}),
    Resource.MEMBERS: frozenset({Role.ADMIN}),
    Resource.TOKENS: frozenset({Role.ADMIN}),
    Resource.VIRTUAL_KEYS: frozenset({Role.ADMIN, Role.ENGINEER}),
    Resource.BUDGETS: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.METADATA_RULES: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.PROVIDERS: frozenset({Role.ADMIN, Role.ENGINEER}),
    Resource.MODELS: frozenset({Role.ADMIN, Role.ENGINEER}),
    Resource.PRICES: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.LEDGER: frozenset(),
    Resource.USAGE: frozenset(),
    Resource.CONTENT: frozenset(),
    Resource.ALERTS: frozenset({Role.ADMIN, Role.ENGINEER, Role.FINANCE}),
    Resource.AUDIT_LOG: frozenset(),
}
# Prompts and answers are for those who run the services, not for those who count.
READ_BY_ENGINEERS = frozenset({Resource.CONTENT})
READ_BY_ADMINISTRATORS = frozenset({Resource.MEMBERS, Resource.TOKENS})
SHARED_BY_CUSTOMERS = frozenset(
    {Resource.CUSTOMERS, Resource.PROVIDERS, Resource.MODELS, Resource.PRICES}
)


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks, a person or a program: a role, perhaps bound to one customer."""

    role: Role
    customer_id: str | None
    label: str

    @property
    def is_bound(self) -> bool:
        return self.customer_id is not None


def principal_of(user: Any) -> Principal | None:
    """The principal behind a request's user; None for nobody."""
    if isinstance(user, ApiToken):
        return Principal(Role(user.role), user.customer_id, f"token {user.id}")
    if isinstance(user, Member) and user.is_active:
        role = Role.ADMIN if user.is_superuser else Role(user.role)
        return Principal(role, user.customer_id, user.username)
    return None


def may_read(principal: Principal | None, resource: Resource) -> bool:
    if principal is None:
        return False
    if resource in READ_BY_ENGINEERS:
        return principal.role in (Role.ADMIN, Role.ENGINEER)
    return resource not in READ_BY_ADMINISTRATORS or principal.role == Role.ADMIN


def unseen_changes(principal: Principal | None) -> frozenset[Resource]:
    """What the audit log does not show: changes of what one may not read, but for auditors."""
    if principal is not None and principal.role == Role.AUDITOR:
        return frozenset()
    return frozenset(each for each in READ_BY_ADMINISTRATORS if not may_read(principal, each))


def may_write(principal: Principal | None, resource: Resource) -> bool:
    if principal is None or principal.role not in WRITERS[resource]:
        return False
    return not (principal.is_bound and resource in SHARED_BY_CUSTOMERS)


def may_grant(principal: Principal | None, customer_id: str | None) -> bool:
    """Nobody grants more than they have: whoever is bound binds to the same customer."""
    return principal is not None and principal.customer_id in (None, customer_id)


def visible(rows: QuerySet[Row], principal: Principal | None) -> QuerySet[Row]:
    """The rows that the principal may know of.

    A model says in `CUSTOMER_PATHS` how a row leads to its customer; an empty tuple means that
    customers share the rows. A model that does not say is shown to nobody who is bound.
    """
    if principal is None:
        return rows.none()
    if not principal.is_bound:
        return rows
    paths: tuple[str, ...] | None = getattr(rows.model, "CUSTOMER_PATHS", None)
    if paths is None:
        return rows.none()
    own = Q()
    for path in paths:
        own |= Q(**{path: principal.customer_id})
    return rows.filter(own)
