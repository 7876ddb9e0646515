"""What allauth asks of us: who may come in, how often they may try, how secrets are kept."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from controlplane.accounts.models import Member
from controlplane.accounts.sign_in import second_factors, single_sign_on
from controlplane.sealing import sealing_keys

SEALED_FOR = "second factor"


class MemberAdapter(DefaultAccountAdapter):
    """Members are made by administrators, and by the identity provider."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "Name or password is wrong.",
        "too_many_login_attempts": "Too many attempts. Wait a few minutes, then try again.",
        "incorrect_code": "This code is wrong, or was used already.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By name alone: allauth's key has the request's host in it, which callers choose."""
        return str(credentials.get("username", "")).lower()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """An installation need have no mail server."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are sealed; whoever must have a second factor cannot take it off."""

    def encrypt(self, text: str) -> str:
        sealed = sealing_keys().seal({"secret": text}, SEALED_FOR)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        sealed = base64.b64decode(encrypted_text)
        return str(sealing_keys().open(sealed, SEALED_FOR)["secret"])

    def get_totp_issuer(self) -> str:
        return "Purser"

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        member = authenticator.user
        return not (isinstance(member, Member) and second_factors.is_required_of(member))


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Who comes in by the identity provider; never as a member that exists, by an email."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        single_sign_on.admit(request, sociallogin)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Member:
        return single_sign_on.create(request, sociallogin)
