"""The Content-Security-Policy of each page, by its path.

Pages of our own need nothing inline and nothing evaluated. The admin's looks evaluate expressions
and set styles inline, and the API's browser sets styles inline; neither runs inline scripts.
"""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
ADMIN = STRICT | {
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "frame-ancestors": "'self'",
}
API_BROWSER = STRICT | {"style-src": "'self' 'unsafe-inline'"}


def _policy(directives: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


POLICIES = {"/admin/": _policy(ADMIN), "/api/v1/docs": _policy(API_BROWSER)}
POLICY = _policy(STRICT)


class ContentPolicy:
    """Middleware: each answer says what its page may load."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault(HEADER, _policy_of(request.path))
        return response


def _policy_of(path: str) -> str:
    return next((each for start, each in POLICIES.items() if path.startswith(start)), POLICY)
