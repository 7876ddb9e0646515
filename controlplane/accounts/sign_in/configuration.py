"""Sign-in's settings, from the environment: one clear sentence when one is wrong."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from controlplane.accounts.roles import Role
from controlplane.environment import env_list, env_secret, env_text

PROVIDER_ID = "oidc"
GRANT = re.compile(r"(?P<value>.+)=(?P<role>[a-z]+)(@(?P<customer>[^/@=]+)(/(?P<team>[^/@=]+))?)?")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class ClaimGrant:
    """What whoever has a value of the role claim is: `value=role@customer/team`."""

    value: str
    role: Role
    customer_id: str | None = None
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The identity provider, whom of its people we let in, and as what."""

    name: str
    issuer_url: str
    client_id: str
    client_secret: str
    email_domains: tuple[str, ...]
    role_claim: str
    grants: tuple[ClaimGrant, ...]
    default_role: Role | None

    def __repr__(self) -> str:
        return f"OidcSettings({self.issuer_url})"

    def as_provider(self) -> dict[str, Any]:
        """As allauth's `SOCIALACCOUNT_PROVIDERS` has it."""
        app = {
            "provider_id": PROVIDER_ID,
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.client_secret,
            "settings": {"server_url": self.issuer_url, "oauth_pkce_enabled": True},
        }
        return {"openid_connect": {"APPS": [app]}}


def oidc_settings() -> OidcSettings | None:
    """None where no issuer is named."""
    issuer_url = env_text("PURSER_OIDC_ISSUER_URL").rstrip("/")
    if not issuer_url:
        return None
    _require_safe(issuer_url)
    return OidcSettings(
        name=env_text("PURSER_OIDC_NAME", default="single sign-on"),
        issuer_url=issuer_url,
        client_id=_required("PURSER_OIDC_CLIENT_ID"),
        client_secret=env_secret("PURSER_OIDC_CLIENT_SECRET", default=""),
        email_domains=tuple(
            domain.lower() for domain in env_list("PURSER_OIDC_EMAIL_DOMAINS", default=[])
        ),
        role_claim=env_text("PURSER_OIDC_ROLE_CLAIM", default="groups"),
        grants=tuple(_grant(text) for text in env_list("PURSER_OIDC_ROLES", default=[])),
        default_role=_role("PURSER_OIDC_DEFAULT_ROLE", text)
        if (text := env_text("PURSER_OIDC_DEFAULT_ROLE"))
        else None,
    )


def second_factor_roles() -> frozenset[Role]:
    """The roles that need a second factor."""
    name = "PURSER_SECOND_FACTOR_REQUIRED"
    return frozenset(_role(name, text) for text in env_list(name, default=[]))


def _role(name: str, text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        known = ", ".join(Role.values)
        raise ImproperlyConfigured(f"{name} knows the roles {known}, not {text!r}.") from None


def _grant(text: str) -> ClaimGrant:
    found = GRANT.fullmatch(text)
    if found is None:
        raise ImproperlyConfigured(
            "PURSER_OIDC_ROLES must hold value=role, value=role@customer or "
            f"value=role@customer/team, not {text!r}."
        )
    role = _role("PURSER_OIDC_ROLES", found["role"])
    return ClaimGrant(found["value"], role, found["customer"], found["team"])


def _required(name: str) -> str:
    text = env_text(name)
    if not text:
        raise ImproperlyConfigured(f"PURSER_OIDC_ISSUER_URL needs {name}, too.")
    return text


def _require_safe(issuer_url: str) -> None:
    parts = urlsplit(issuer_url)
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.netloc or not (parts.scheme == "https" or is_local):
        raise ImproperlyConfigured("PURSER_OIDC_ISSUER_URL must be an https:// address.")
