"""Who may see and do what: the one place that says so, for API, admin and dashboard alike.

Every role reads everything but tokens, members and content; `WRITERS` says who changes what.
Whoever is bound to a customer or team sees only its rows, and changes nothing that others share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

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
    LIMIT_CHANGES = "limit-changes"
    RAISE_REQUESTS = "raise-requests"
    METADATA_RULES = "metadata-rules"
    PROVIDERS = "providers"
    MODELS = "models"
    PRICES = "prices"
    LEDGER = "ledger"
    USAGE = "usage"
    USAGE_IMPORTS = "usage-imports"
    STATEMENTS = "statements"
    EXCHANGE_RATES = "exchange-rates"
    INVOICES = "invoices"
    WHAT_IF = "what-if"
    CONTENT = "content"
    PERSONAL_DATA = "personal-data"
    CACHE_ENTRIES = "cache-entries"
    ALERTS = "alerts"
    ALERT_RULES = "alert-rules"
    NOTICE_CHANNELS = "notice-channels"
    NOTICES = "notices"
    AUDIT_LOG = "audit-log"
    JOBS = "jobs"


WRITERS: Mapping[Resource, frozenset[Role]] = {
    Resource.CUSTOMERS: frozenset({Role.ADMIN}),
    Resource.TEAMS: frozenset({Role.ADMIN}),
    Resource.MEMBERS: frozenset({Role.ADMIN}),
    Resource.TOKENS: frozenset({Role.ADMIN}),
    Resource.VIRTUAL_KEYS: frozenset({Role.ADMIN, Role.ENGINEER}),
    Resource.BUDGETS: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.LIMIT_CHANGES: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.RAISE_REQUESTS: frozenset({Role.ADMIN, Role.ENGINEER, Role.FINANCE}),
    Resource.METADATA_RULES: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.PROVIDERS: frozenset({Role.ADMIN, Role.ENGINEER}),
    Resource.MODELS: frozenset({Role.ADMIN, Role.ENGINEER}),
    Resource.PRICES: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.LEDGER: frozenset(),
    Resource.USAGE: frozenset(),
    Resource.USAGE_IMPORTS: frozenset(),
    Resource.STATEMENTS: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.EXCHANGE_RATES: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.INVOICES: frozenset({Role.ADMIN, Role.FINANCE}),
    Resource.WHAT_IF: frozenset({Role.ADMIN, Role.ENGINEER, Role.FINANCE}),
    Resource.CONTENT: frozenset(),
    Resource.PERSONAL_DATA: frozenset({Role.ADMIN}),
    Resource.CACHE_ENTRIES: frozenset({Role.ADMIN, Role.ENGINEER}),
    Resource.ALERTS: frozenset({Role.ADMIN, Role.ENGINEER, Role.FINANCE}),
    Resource.ALERT_RULES: frozenset({Role.ADMIN, Role.ENGINEER, Role.FINANCE}),
    Resource.NOTICE_CHANNELS: frozenset({Role.ADMIN, Role.ENGINEER, Role.FINANCE}),
    Resource.NOTICES: frozenset(),
    Resource.AUDIT_LOG: frozenset(),
    Resource.JOBS: frozenset({Role.ADMIN}),
}
# Prompts and answers are for those who run the services, not for those who count.
READ_BY_ENGINEERS = frozenset({Resource.CONTENT})
READ_BY_ADMINISTRATORS = frozenset({Resource.MEMBERS, Resource.TOKENS, Resource.PERSONAL_DATA})
# Of whoever is bound to one team of a customer, these would tell of the others.
OF_WHOLE_CUSTOMERS = frozenset({Resource.CONTENT, Resource.PERSONAL_DATA})
# What is of all customers together says something of each: nobody who is bound reads it.
OF_THE_INSTALLATION = frozenset({Resource.INVOICES, Resource.JOBS})
SHARED_BY_CUSTOMERS = frozenset(
    {
        Resource.CUSTOMERS,
        Resource.PROVIDERS,
        Resource.MODELS,
        Resource.PRICES,
        Resource.PERSONAL_DATA,
        Resource.STATEMENTS,
        Resource.EXCHANGE_RATES,
        Resource.JOBS,
        Resource.INVOICES,
    }
)
# All else is the customer's: its teams share it.
WRITTEN_BY_TEAMS = frozenset(
    {
        Resource.MEMBERS,
        Resource.TOKENS,
        Resource.VIRTUAL_KEYS,
        Resource.BUDGETS,
        Resource.LIMIT_CHANGES,
        Resource.RAISE_REQUESTS,
        Resource.ALERTS,
        Resource.WHAT_IF,
    }
)
EVERYTHING = frozenset(Resource)
GRANTED = ("role", "customer", "team")
TOO_MUCH = {
    "role": "Grants more than you have.",
    "customer": "Must be your own customer.",
    "team": "Must be your own team.",
}
"""What is said of a field that `too_much_to_grant` names."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks, a person or a program: a role, perhaps narrowed, perhaps bound."""

    role: Role
    customer_id: str | None
    label: str
    team_id: str | None = None
    scope: frozenset[Resource] = EVERYTHING
    is_read_only: bool = False

    @property
    def is_bound(self) -> bool:
        return self.customer_id is not None


class Right(NamedTuple):
    """One thing that a principal may do, within what it is bound to."""

    resource: Resource
    is_write: bool


def principal_of(user: Any) -> Principal | None:
    """The principal behind a request's user; None for nobody."""
    if isinstance(user, ApiToken):
        return principal_of_token(user)
    if isinstance(user, Member) and user.is_active:
        return principal_of_member(user)
    return None


def principal_of_member(member: Member) -> Principal:
    """What the member may do while active."""
    return Principal(Role(member.role), member.customer_id, member.username, member.team_id)


def principal_of_token(token: ApiToken) -> Principal:
    """What the token may do while it is valid."""
    return Principal(
        Role(token.role),
        token.customer_id,
        f"token {token.id}",
        token.team_id,
        scope_of(token.scope),
        token.is_read_only,
    )


def scope_of(names: Sequence[str]) -> frozenset[Resource]:
    """The resources that a token is narrowed to; all where it names none."""
    return frozenset(each for each in Resource if each in names) if names else EVERYTHING


def may_read(principal: Principal | None, resource: Resource) -> bool:
    if principal is None or resource not in principal.scope:
        return False
    if resource in OF_WHOLE_CUSTOMERS and principal.team_id is not None:
        return False
    if resource in OF_THE_INSTALLATION and principal.is_bound:
        return False
    if resource in READ_BY_ENGINEERS:
        return principal.role in (Role.ADMIN, Role.ENGINEER)
    return resource not in READ_BY_ADMINISTRATORS or principal.role == Role.ADMIN


def unseen_changes(principal: Principal | None) -> frozenset[Resource]:
    """What the audit log does not show: changes of what one may not read, but for auditors."""
    unseen = frozenset(each for each in Resource if not may_read(principal, each))
    if principal is not None and principal.role == Role.AUDITOR:
        return unseen - (READ_BY_ADMINISTRATORS & principal.scope)
    return unseen


def may_write(principal: Principal | None, resource: Resource) -> bool:
    if principal is None or principal.role not in WRITERS[resource]:
        return False
    if principal.is_read_only or resource not in principal.scope:
        return False
    return resource not in _shared_with_others(principal)


def rights_of(principal: Principal | None) -> frozenset[Right]:
    return frozenset(
        Right(resource, is_write)
        for resource in Resource
        for is_write, may in ((False, may_read), (True, may_write))
        if may(principal, resource)
    )


def too_much_to_grant(principal: Principal | None, granted: Principal) -> str | None:
    """Nobody grants more than they have: what of it is too much, `role` or a binding, if any."""
    if principal is None:
        return "role"
    if principal.customer_id not in (None, granted.customer_id):
        return "customer"
    if principal.team_id not in (None, granted.team_id):
        return "team"
    return None if rights_of(granted) <= rights_of(principal) else "role"


def may_grant(principal: Principal | None, granted: Principal) -> bool:
    return too_much_to_grant(principal, granted) is None


def is_answered_for(token: ApiToken) -> bool:
    """Whether the member who issued it, if any, is there and might still issue it."""
    member = token.issued_by
    return member is None or may_grant(principal_of(member), principal_of_token(token))


def visible(rows: QuerySet[Row], principal: Principal | None) -> QuerySet[Row]:
    """The rows that the principal may know of.

    A model says in `CUSTOMER_PATHS` how a row leads to its customer, and in `TEAM_PATHS` how to
    its team; an empty tuple means that all share the rows. A model that does not say is shown to
    nobody who is bound.
    """
    if principal is None:
        return rows.none()
    if not principal.is_bound:
        return rows
    bound_to = principal.customer_id if principal.team_id is None else principal.team_id
    paths = _paths(rows.model, principal)
    if paths is None:
        return rows.none()
    own = Q()
    for path in paths:
        own |= Q(**{path: bound_to})
    return rows.filter(own)


def sees(principal: Principal | None, row: Model) -> bool:
    """Whether a row that is stored may be known of."""
    rows = visible(type(row)._default_manager.filter(pk=row.pk), principal)
    return rows.exists()


def _shared_with_others(principal: Principal) -> frozenset[Resource]:
    if principal.team_id is not None:
        return EVERYTHING - WRITTEN_BY_TEAMS
    return SHARED_BY_CUSTOMERS if principal.is_bound else frozenset()


def _paths(model: type[Model], principal: Principal) -> tuple[str, ...] | None:
    """What all customers share, their teams share, too."""
    of_customer: tuple[str, ...] | None = getattr(model, "CUSTOMER_PATHS", None)
    if principal.team_id is None or of_customer == ():
        return of_customer
    return getattr(model, "TEAM_PATHS", None)
