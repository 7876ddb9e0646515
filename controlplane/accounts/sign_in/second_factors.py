"""Whether a member needs a second factor, and has one."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from controlplane.accounts.models import Member

API = "/api/"
OPEN = ("/account/", "/static/")
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
MESSAGE = "Your role needs a second factor. Sign in to the dashboard and set one up."


def is_required_of(member: Member) -> bool:
    return member.role in settings.SECOND_FACTOR_ROLES


def has_one(member: Member) -> bool:
    return Authenticator.objects.filter(user=member, type__in=FACTORS).exists()


class SecondFactorRequired:
    """Middleware: whoever needs a second factor and has none gets to the page that sets one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not settings.SECOND_FACTOR_ROLES or request.path.startswith(OPEN):
            return self._get_response(request)
        if not isinstance(user, Member) or not is_required_of(user) or has_one(user):
            return self._get_response(request)
        if request.path.startswith(API) and "Authorization" not in request.headers:
            error = {"code": "second_factor_required", "message": MESSAGE, "fields": {}}
            return JsonResponse({"error": error}, status=403)
        if request.path.startswith(API):
            return self._get_response(request)
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
