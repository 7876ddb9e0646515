"""A page that shows a secret once."""

from typing import Any

from django.http import HttpResponse

from controlplane.dashboard.access.snippets import snippets_of
from controlplane.dashboard.navigation import page_url
from controlplane.dashboard.pages import Visit


def secret_page(visit: Visit, key: Any, secret: str, *, until: Any = None) -> HttpResponse:
    """The answer to the form that made it, and nowhere else: neither stored nor in a URL.

    `until` is when the secrets before it end.
    """
    context = {
        "key": key,
        "secret": secret,
        "until": until,
        "url": page_url("key", key.pk),
        "snippets": snippets_of(key, visit.data_url),
    }
    response = visit.show("dashboard/access/secret.html", context, title=f"Secret of {key}")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
