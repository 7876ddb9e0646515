"""Who asks, and whether they may: API tokens, or the session of a person who signed in."""

import contextlib
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from controlplane.accounts import permissions, services
from controlplane.accounts.models import ApiToken
from dataplane.contract.virtual_keys import hash_secret

SCHEME = "bearer"
SECRET_LENGTH_MAX = 256


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer pur_…`, found by its hash."""

    def authenticate(self, request: Request) -> tuple[ApiToken, ApiToken] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        token = self._find(secret.strip())
        with contextlib.suppress(DatabaseError):
            services.note_use(token)
        return token, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="purser"'

    def _find(self, secret: str) -> ApiToken:
        if not secret or len(secret) > SECRET_LENGTH_MAX:
            raise AuthenticationFailed("This API token does not exist.", "token_invalid")
        found = ApiToken.objects.select_related("issued_by")
        token = found.filter(secret_hash=hash_secret(secret)).first()
        if token is None:
            raise AuthenticationFailed("This API token does not exist.", "token_invalid")
        if token.revoked_at is not None:
            raise AuthenticationFailed("This API token was revoked.", "token_revoked")
        if token.expires_at is not None and token.expires_at <= timezone.now():
            raise AuthenticationFailed("This API token has expired.", "token_expired")
        if not permissions.is_answered_for(token):
            raise AuthenticationFailed(
                "Whoever issued this API token may no longer grant it.", "token_revoked"
            )
        return token


class MayUse(BasePermission):
    """Asks `accounts.permissions` about the `resource` that the view names."""

    message = "Your role may not do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        principal = permissions.principal_of(request.user)
        if request.method in SAFE_METHODS:
            return permissions.may_read(principal, view.resource)
        return permissions.may_write(principal, view.resource)
