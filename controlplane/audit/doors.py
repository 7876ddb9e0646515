"""The doors for people and programs: what whoever came in is called in the audit log."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from controlplane.accounts.models import ApiToken, Member
from controlplane.audit.actors import Actor, acting_as

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ADMIN = "/admin/"
API = "/api/"


def name_of(user: Any) -> str:
    """Of the user of a request: a member, or an API token."""
    if isinstance(user, ApiToken):
        return f"token {user.id}"
    return f"member {user.get_username()}" if isinstance(user, Member) else "nobody"


def member_behind(user: Any) -> str:
    """The member that the user of a request is, or who issued its token; empty if nobody is."""
    if isinstance(user, ApiToken):
        return user.issued_by.get_username() if user.issued_by else ""
    return str(user.get_username()) if isinstance(user, Member) else ""


class AuditedPages:
    """Middleware: what a signed-in member changes by a page is changed by that member.

    The API names its callers itself, once it knows them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS or request.path.startswith(API):
            return self._get_response(request)
        door = "admin" if request.path.startswith(ADMIN) else "dashboard"
        with acting_as(Actor(name_of(request.user), door, request.META.get("REMOTE_ADDR"))):
            return self._get_response(request)
