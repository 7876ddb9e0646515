"""How long a session lasts: so long without a request, and so long at all."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
NOTED_EVERY_SECONDS = 60
UNATTENDED = "Purser-Unattended"


@receiver(user_logged_in, dispatch_uid="sessions begin")
def begin(sender: Any, request: HttpRequest, **_: Any) -> None:
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = int(time.time())


class SessionLimits:
    """Middleware: ends sessions that are over. A session that cannot say when it began is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            if is_over(request.session, now):
                logout(request)
            elif UNATTENDED in request.headers:
                pass  # a page asks by itself: that nobody is there should still end the session
            elif now - request.session[SEEN_AT] >= NOTED_EVERY_SECONDS:
                request.session[SEEN_AT] = now
        return self._get_response(request)


def is_over(session: Any, now: int) -> bool:
    idle_seconds = now - session.get(SEEN_AT, 0)
    age_seconds = now - session.get(SIGNED_IN_AT, 0)
    return (
        idle_seconds > settings.SESSION_IDLE_SECONDS_MAX
        or age_seconds > settings.SESSION_COOKIE_AGE
    )
