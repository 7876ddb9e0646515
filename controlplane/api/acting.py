"""Naming whoever asks in the audit log, before anything is changed."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from controlplane.accounts.models import ApiToken, Member
from controlplane.audit.actors import Actor, act_in_transaction

DOOR = "api"


def name_actor(request: Request) -> None:
    """To be called inside the request's transaction, once it is known who asks."""
    if request.method not in SAFE_METHODS:
        act_in_transaction(Actor(_name(request.user), DOOR, request.META.get("REMOTE_ADDR")))


def _name(user: Any) -> str:
    if isinstance(user, ApiToken):
        return f"token {user.id}"
    return f"member {user.get_username()}" if isinstance(user, Member) else "nobody"
