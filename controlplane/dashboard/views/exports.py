"""Files that are made in the background: asking for one, how far they are, fetching them."""

from typing import cast

from django.http import HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from controlplane.accounts.models import Member
from controlplane.accounts.permissions import Resource
from controlplane.dashboard.background.files import (
    ask_for_file,
    chunks_of,
    delete_file,
    files_of,
)
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import FILTERS, read_page_filter
from controlplane.dashboard.models import ExportFile
from controlplane.dashboard.pages import Visit, page
from controlplane.errors import DomainError
from controlplane.streaming import file_response
from controlplane.usage import exports as formats
from controlplane.usage.limits import limited_report
from controlplane.usage.summary import summarise

ASKED = "exports_asked"  # of a session
READ_AND_WRITE = ("GET", "HEAD", "POST")


@page("requests", "Exports", resource=Resource.USAGE, methods=READ_AND_WRITE)
def exports(visit: Visit) -> HttpResponse:
    """One's own files; a POST asks for another one, of the query of a page of requests."""
    if visit.request.method != "POST":
        return _list(visit)
    given = visit.request.POST
    try:
        _ask(visit, given.get("kind", ""), Query.read(QueryDict(given.get("query", ""))))
    except DomainError as error:
        return _list(visit, error)
    visit.request.session[ASKED] = True
    return HttpResponseRedirect(reverse("dashboard:exports"))


@page("requests", "Export", resource=Resource.USAGE, methods=READ_AND_WRITE)
def export(visit: Visit, id: str) -> HttpResponse | StreamingHttpResponse:
    """The file itself; posted to, it is deleted."""
    file = get_object_or_404(files_of(_member(visit)), pk=id, expires_at__gt=visit.now)
    if visit.request.method == "POST":
        delete_file(file)
        return HttpResponseRedirect(reverse("dashboard:exports"))
    kind = formats.FORMATS[file.kind]
    name = f"requests-{file.created_at:%Y-%m-%d}-{file.pk}.{kind.extension}"
    return file_response(chunks_of(file), name=name, content_type=kind.content_type)


@page("requests", "Exports", resource=Resource.USAGE)
def ready(visit: Visit) -> HttpResponse:
    """A part of every page, once a file was asked for: it asks until there is no news to come."""
    files = list(files_of(_member(visit)).filter(expires_at__gt=visit.now))
    news = [file for file in files if file.finished_at is None or file.fetched_at is None]
    if not news:
        visit.request.session.pop(ASKED, None)
    context = {
        "ready": [file for file in news if file.is_ready],
        "is_waiting": any(file.finished_at is None for file in news),
    }
    return visit.show("dashboard/exports/ready.html", context)


def _ask(visit: Visit, kind: str, query: Query) -> ExportFile:
    """Relative periods are settled when it is asked for, the rows counted from the rollup."""
    chosen = read_page_filter(query, visit.viewer, visit.now)
    with limited_report():
        rows = summarise(chosen.records, ()).total.requests
    kept = query.only(FILTERS).text()
    return ask_for_file(owner=_member(visit), kind=kind, query=kept, rows=rows)


def _list(visit: Visit, error: DomainError | None = None) -> HttpResponse:
    files = list(files_of(_member(visit)).filter(expires_at__gt=timezone.now()))
    context = {
        "files": files,
        "error": error,
        "is_waiting": any(file.finished_at is None for file in files),
    }
    return visit.show("dashboard/exports/exports.html", context, status=422 if error else 200)


def _member(visit: Visit) -> Member:
    return cast(Member, visit.request.user)
