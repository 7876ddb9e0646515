"""Choosing a theme and separators, and going back to where one was."""

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit, page
from controlplane.dashboard.preferences import preferences_of, preferred, remember


@page("preferences", "Preferences", methods=("POST",))
def preferences(visit: Visit) -> HttpResponse:
    """Sets what the form names, and leaves the other as it was."""
    given, now = visit.request.POST, preferences_of(visit.request)
    chosen = preferred(given.get("theme", now.theme), given.get("numbers", now.marks))
    response = HttpResponseRedirect(_safe(given.get("next", "")))
    remember(response, chosen, secure=settings.HTTPS_ONLY)
    return response


def _safe(url: str) -> str:
    is_ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours else page_url("overview") or "/"
