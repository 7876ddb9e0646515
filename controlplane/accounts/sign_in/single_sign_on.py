"""Who comes in by the identity provider, and as what.

An account there is a member here by its subject alone: an email is no proof of who somebody is.
"""

import logging
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render

from controlplane.accounts import members
from controlplane.accounts.members import MemberFields
from controlplane.accounts.models import Customer, Member, Team
from controlplane.accounts.sign_in.configuration import ClaimGrant, OidcSettings

log = logging.getLogger(__name__)

NAME_LENGTH_MAX = 150


def oidc() -> OidcSettings:
    """The settings of an installation that has an identity provider."""
    configured: OidcSettings | None = settings.OIDC
    assert configured is not None, "without one, there is no page that leads here"
    return configured


def admit(request: HttpRequest, sign_in: Any) -> None:
    """Raises `ImmediateHttpResponse` for those who are not let in; updates those who are."""
    claims: Mapping[str, Any] = sign_in.claims
    if not _is_of_ours(claims):
        raise _refused(request, "Your email address is not one that may sign in here.")
    sign_in.email_addresses = []  # allauth would look for members who have them
    sign_in.grant = grant_of(claims)
    if sign_in.is_existing:
        sign_in.user = _refreshed(sign_in.user, sign_in.grant)


def create(request: HttpRequest, sign_in: Any) -> Member:
    """A new member. Without a role that the claims give, an administrator has to let them in."""
    claims = sign_in.claims
    member = members.admit_member(
        username=_free_name(claims),
        grant=sign_in.grant,
        first_name=_text(claims, "given_name"),
        last_name=_text(claims, "family_name"),
        email=_text(claims, "email"),
    )
    sign_in.user = member
    sign_in.save(request)
    return member


def grant_of(claims: Mapping[str, Any]) -> MemberFields | None:
    """The first grant of the settings whose value the role claim has, or the default."""
    values = claims.get(oidc().role_claim)
    held = {str(value) for value in (values if isinstance(values, list) else [values])}
    for grant in oidc().grants:
        if grant.value in held:
            return _bound(grant)
    default = oidc().default_role
    if default is None:
        return None
    return {"role": default, "customer": None, "team": None}


def _bound(grant: ClaimGrant) -> MemberFields | None:
    customer = Customer.objects.filter(pk=grant.customer_id).first()
    team = Team.objects.filter(pk=grant.team_id, customer=grant.customer_id).first()
    if (customer is None) != (grant.customer_id is None) or (team is None) != (
        grant.team_id is None
    ):
        log.warning("PURSER_OIDC_ROLES grants %s at what does not exist", grant.role)
        return None
    return {"role": grant.role, "customer": customer, "team": team}


def _refreshed(member: Member, grant: MemberFields | None) -> Member:
    """What the claims granted changes with them; what an administrator granted does not."""
    if not member.is_granted_by_claims:
        return member
    if grant is None:
        return members.withdraw_grant(member)
    return members.grant_by_claims(member, **grant)


def _is_of_ours(claims: Mapping[str, Any]) -> bool:
    domains = oidc().email_domains
    if not domains:
        return True
    domain = _text(claims, "email").rpartition("@")[2].lower()
    return claims.get("email_verified") is True and domain in domains


def _free_name(claims: Mapping[str, Any]) -> str:
    wanted = [_text(claims, name) for name in ("preferred_username", "email", "sub")]
    return str(get_adapter().generate_unique_username([*wanted, "member"]))


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.replace("\0", "")[:NAME_LENGTH_MAX] if isinstance(value, str) else ""


def _refused(request: HttpRequest, reason: str) -> ImmediateHttpResponse:
    page = render(request, "account/refused.html", {"reason": reason}, status=403)
    return ImmediateHttpResponse(page)
