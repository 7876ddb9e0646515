"""Middleware that names whoever changes something by a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from controlplane.accounts.models import Member
from controlplane.audit.actors import Actor, acting_as

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ADMIN = "/admin/"
API = "/api/"


class AuditedPages:
    """What a signed-in member changes by a page is changed by that member.

    The API names its callers itself, once it knows them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS or request.path.startswith(API):
            return self._get_response(request)
        user = request.user
        name = f"member {user.get_username()}" if isinstance(user, Member) else "nobody"
        door = "admin" if request.path.startswith(ADMIN) else "dashboard"
        with acting_as(Actor(name, door, request.META.get("REMOTE_ADDR"))):
            return self._get_response(request)
