"""Changes of customers, teams and API tokens."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Required, TypedDict, Unpack

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from controlplane import saving
from controlplane.accounts.models import ApiToken, Customer, Member, Role, Team
from controlplane.fields import new_id
from dataplane.contract.virtual_keys import hash_secret

TOKEN_PREFIX = "pur_"
USE_NOTED_EVERY = timedelta(minutes=1)


class CustomerFields(TypedDict, total=False):
    name: str
    metadata: dict[str, Any]
    currency: str
    timezone: str
    is_active: bool


class TeamFields(TypedDict, total=False):
    name: str
    metadata: dict[str, Any]


class NewCustomer(CustomerFields):
    id: Required[str]


class NewTeam(TeamFields):
    id: Required[str]
    customer: Required[Customer]


class TokenFields(TypedDict, total=False):
    name: str
    expires_at: datetime | None


class Grant(TypedDict, total=False):
    """What a token is given beside its role; `issued_by` is the member who answers for it."""

    customer: Customer | None
    team: Team | None
    scope: list[str]
    is_read_only: bool
    expires_at: datetime | None
    issued_by: Member | None


class IssuedToken(NamedTuple):
    """A new token and its secret, which is known only here and now."""

    token: ApiToken
    secret: str

    def __repr__(self) -> str:
        return f"IssuedToken({self.token.id})"


@transaction.atomic
def create_customer(*, id: str | None = None, **fields: Unpack[CustomerFields]) -> Customer:
    return saving.add(Customer(id=id or new_id("cus"), **fields))


@transaction.atomic
def create_customers(new: Sequence[NewCustomer]) -> list[Customer]:
    """Many new customers. Raises `RowsRefused`, and then there is none of them."""
    return saving.add_all([Customer(**fields) for fields in new])


@transaction.atomic
def update_customer(customer: Customer, **changes: Unpack[CustomerFields]) -> Customer:
    return saving.change(customer, changes)


@transaction.atomic
def delete_customer(customer: Customer) -> None:
    saving.remove(customer)


@transaction.atomic
def create_team(*, customer: Customer, id: str | None = None, **fields: Unpack[TeamFields]) -> Team:
    return saving.add(Team(id=id or new_id("team"), customer=customer, **fields))


@transaction.atomic
def create_teams(new: Sequence[NewTeam]) -> list[Team]:
    """Many new teams. Raises `RowsRefused`, and then there is none of them."""
    return saving.add_all([Team(**fields) for fields in new])


@transaction.atomic
def update_team(team: Team, **changes: Unpack[TeamFields]) -> Team:
    return saving.change(team, changes)


@transaction.atomic
def delete_team(team: Team) -> None:
    saving.remove(team)


@transaction.atomic
def issue_token(
    *,
    name: str,
    role: Role | str,
    id: str | None = None,
    **fields: Unpack[Grant],
) -> IssuedToken:
    """A program's access. The secret is in the answer and nowhere else."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        id=id or new_id("tok"),
        name=name,
        role=role,
        **fields,
        secret_hash=hash_secret(secret),
    )
    return IssuedToken(saving.add(token), secret)


@transaction.atomic
def update_token(token: ApiToken, **changes: Unpack[TokenFields]) -> ApiToken:
    return saving.change(token, changes)


@transaction.atomic
def revoke_token(token: ApiToken) -> ApiToken:
    """Ends it at once and for good; revoking twice keeps the first moment."""
    if token.revoked_at is not None:
        return token
    return saving.change(token, {"revoked_at": timezone.now()})


@transaction.atomic
def delete_token(token: ApiToken) -> None:
    saving.remove(token)


def note_use(token: ApiToken) -> None:
    """Remembers that the token was used, at most once a minute, and never waits for it."""
    now = timezone.now()
    if token.last_used_at is not None and now - token.last_used_at < USE_NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    free = ApiToken.objects.filter(stale, pk=token.pk).select_for_update(skip_locked=True)
    with transaction.atomic():
        ApiToken.objects.filter(pk__in=free.values("pk")).update(last_used_at=now)
