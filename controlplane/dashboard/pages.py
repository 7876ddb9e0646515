"""How a view becomes a page: who may see it, its filter, its frame, and what a refusal looks like.

@page("budgets", "Budgets")
def budgets(visit: Visit) -> HttpResponse:
    return visit.show("dashboard/budgets.html", {"rows": …})
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone as clock

from controlplane.accounts.models import Customer
from controlplane.accounts.permissions import Principal, Resource, may_read, may_write, principal_of
from controlplane.dashboard.filters.adding import with_added
from controlplane.dashboard.filters.bar import FilterBar
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import PageFilter, read_page_filter
from controlplane.dashboard.numbers import marked
from controlplane.dashboard.preferences import preferences_of
from controlplane.dashboard.shell import Shell
from controlplane.errors import DomainError
from controlplane.usage.owners import Bounds
from controlplane.usage.periods import THIS_MONTH


@dataclass(frozen=True)
class About:
    """What a page is called, and where it is in the rail."""

    name: str
    title: str
    period: str = THIS_MONTH


@dataclass(frozen=True)
class Visit:
    """One request for one page, by a viewer who may see it."""

    request: HttpRequest
    viewer: Principal
    about: About
    now: datetime

    @cached_property
    def query(self) -> Query:
        return Query.read(self.request.GET)

    @property
    def own(self) -> Customer | None:
        """Whom the viewer is bound to; known with whose session it is."""
        return getattr(self.request.user, "customer", None)

    @cached_property
    def filter(self) -> PageFilter:
        """Raises `DomainError` for a URL that cannot be understood."""
        zone = self.own.timezone if self.own else None
        return read_page_filter(
            self.query, self.viewer, self.now, period=self.about.period, own_zone=zone
        )

    @cached_property
    def bar(self) -> FilterBar:
        return FilterBar(self.filter, self.viewer, self.request.path, self.about.period)

    @cached_property
    def shell(self) -> Shell:
        preferences = preferences_of(self.request)
        path = self.request.get_full_path()
        return Shell(self.viewer, self.now, preferences, self.about.name, path, self.own)

    @property
    def data_url(self) -> str:
        """Where services send their requests."""
        return str(settings.DATA_URL)

    @property
    def bounds(self) -> Bounds:
        """What the viewer may see of the books."""
        return Bounds(self.viewer.customer_id, self.viewer.team_id)

    def may_write(self, resource: Resource) -> bool:
        return may_write(self.viewer, resource)

    def show(
        self,
        template: str,
        context: dict[str, Any] | None = None,
        *,
        title: str | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The page; `shell`, `query` and `visit` are there for every template."""
        frame = {
            "visit": self,
            "shell": self.shell,
            "query": self.query,
            "title": title or self.about.title,
        }
        with marked(self.shell.preferences.marks):
            return render(self.request, template, {**frame, **(context or {})}, status=status)


View = Callable[..., HttpResponseBase]


def page(
    name: str,
    title: str,
    *,
    resource: Resource | None = None,
    methods: Sequence[str] = ("GET", "HEAD"),
    period: str = THIS_MONTH,
) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """Makes a view of `Visit` one of requests. `name` is the entry of the rail it belongs to."""

    def made(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            viewer = principal_of(request.user)
            if viewer is None:
                return _signed_out(request)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            visit = Visit(request, viewer, About(name, title, period), clock.now())
            if (added := with_added(visit.query)) is not None:
                return HttpResponseRedirect(added.url(request.path))
            response = _answer(visit, view, resource, arguments, named)
            response.headers.setdefault("Cache-Control", "private, no-cache")
            return response

        return answer

    return made


def _answer(
    visit: Visit, view: View, resource: Resource | None, arguments: tuple, named: dict[str, Any]
) -> HttpResponseBase:
    if resource is not None and not may_read(visit.viewer, resource):
        return visit.show("dashboard/missing.html", title="Not found", status=404)
    try:
        return view(visit, *arguments, **named)
    except Http404:
        return visit.show("dashboard/missing.html", title="Not found", status=404)
    except PermissionDenied as refusal:
        said = {"sentence": str(refusal)}
        return visit.show("dashboard/denied.html", said, title="Not allowed", status=403)
    except DomainError as error:
        return visit.show("dashboard/refused.html", {"error": error}, status=400)


def _signed_out(request: HttpRequest) -> HttpResponse:
    """The form to sign in; a part of a page that asks is only told, and says so itself."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=401)
    return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
