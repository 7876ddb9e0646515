"""Naming whoever asks in the audit log, before anything is changed."""

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from controlplane.audit.actors import Actor, act_in_transaction
from controlplane.audit.doors import name_of

DOOR = "api"


def name_actor(request: Request) -> None:
    """To be called inside the request's transaction, once it is known who asks."""
    if request.method not in SAFE_METHODS:
        act_in_transaction(Actor(name_of(request.user), DOOR, request.META.get("REMOTE_ADDR")))
