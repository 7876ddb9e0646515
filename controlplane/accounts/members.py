"""Changes of members: who may sign in, as what, and when that ends."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypedDict, Unpack

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from controlplane import saving
from controlplane.accounts.models import ApiToken, Customer, Member, Role, Team
from controlplane.errors import Conflict

DECIDED = ("role", "customer", "team", "is_active")
"""What an administrator who changes it has decided, whatever the identity provider says."""


class MemberFields(TypedDict, total=False):
    first_name: str
    last_name: str
    email: str
    role: Role | str
    customer: Customer | None
    team: Team | None
    is_staff: bool
    is_active: bool


class Invitation(NamedTuple):
    """The path of a page where the member sets a password, once; whoever has it may."""

    path: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Invitation(expires_at={self.expires_at})"


@transaction.atomic
def create_member(
    *, username: str, password: str | None = None, **fields: Unpack[MemberFields]
) -> Member:
    """Without a password, the member needs an invitation or signs in elsewhere."""
    member = Member(username=Member.normalize_username(username), **fields)
    member.set_password(password)
    return saving.add(member)


@transaction.atomic
def update_member(member: Member, **changes: Unpack[MemberFields]) -> Member:
    """Whoever is deactivated is signed out everywhere. Raises `Conflict` for the last one."""
    columns: dict[str, Any] = dict(changes)
    if any(getattr(member, name) != changes.get(name, getattr(member, name)) for name in DECIDED):
        columns["is_granted_by_claims"] = False
    changed = saving.change(member, columns)
    if not changed.is_active and changes.get("is_active") is False:
        changed = end_sessions(changed)
    _require_an_administrator(member, changed)
    return changed


@transaction.atomic
def admit_member(*, username: str, grant: MemberFields | None, **fields: str) -> Member:
    """Whom the identity provider sends. Without a grant, an administrator has to let them in."""
    member = Member(
        username=username,
        is_granted_by_claims=True,
        is_active=grant is not None,
        is_staff=True,
        **(grant or {}),
        **fields,
    )
    member.set_unusable_password()
    return saving.add(member)


@transaction.atomic
def grant_by_claims(member: Member, **grant: Unpack[MemberFields]) -> Member:
    """What the identity provider says of the member, until an administrator says otherwise."""
    return saving.change(member, {**grant, "is_active": True, "is_granted_by_claims": True})


@transaction.atomic
def withdraw_grant(member: Member) -> Member:
    """The identity provider gives the member nothing more: an administrator has to."""
    return end_sessions(saving.change(member, {"is_active": False}))


@transaction.atomic
def end_sessions(member: Member) -> Member:
    """Signs the member out everywhere, for good."""
    current = saving.lock(member)
    return saving.change(current, {"session_generation": current.session_generation + 1})


@transaction.atomic
def reset_second_factor(member: Member) -> Member:
    """For whoever lost it: the next sign-in needs the password alone, or asks for a new one."""
    Authenticator.objects.filter(user=member).delete()
    return end_sessions(member)


@transaction.atomic
def delete_member(member: Member) -> None:
    """Sessions end, and so do the tokens that the member issued: nobody answers for them."""
    _require_an_administrator(member, None)
    issued = ApiToken.objects.filter(issued_by=member, revoked_at=None)
    issued.update(revoked_at=timezone.now())
    saving.remove(member)


def invite_member(member: Member) -> Invitation:
    """A way in for whoever has no password, or forgot it. It ends with the next sign-in, too."""
    if not member.is_active:
        raise Conflict("member_inactive", "Whoever is not active cannot be invited.")
    key = default_token_generator.make_token(member)
    route = {"uidb36": user_pk_to_url_str(member), "key": key}
    path = reverse("account_reset_password_from_key", kwargs=route)
    lasting = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    return Invitation(path, timezone.now() + lasting)


def _require_an_administrator(before: Member, after: Member | None) -> None:
    """Somebody who may do everything has to remain."""
    if not _may_do_everything(before) or (after is not None and _may_do_everything(after)):
        return
    others = Member.objects.filter(role=Role.ADMIN, customer=None, is_active=True)
    held = others.exclude(pk=before.pk).order_by("pk").select_for_update(no_key=True)
    if not held[:1]:
        raise Conflict(
            "last_administrator", "Without this member nobody could administer the installation."
        )


def _may_do_everything(member: Member) -> bool:
    return member.is_active and member.role == Role.ADMIN and member.customer_id is None
