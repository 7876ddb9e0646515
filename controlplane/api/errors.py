"""Every refusal of the API in one envelope: `{"error": {"code", "message", "fields"}}`.

`fields` names what is wrong with the input, nested as the input is. A 500 is a bug; it says no
more than the id under which the log explains it.
"""

import logging
import secrets
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views.defaults import bad_request as html_bad_request
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView, set_rollback

from controlplane.errors import Conflict, DomainError, summary

log = logging.getLogger(__name__)

API_PREFIX = "/api/"


class ErrorSerializer(serializers.Serializer):
    """What went wrong. `fields` maps a field to its messages, or to its own fields."""

    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField()  # type: ignore[assignment]


class ErrorEnvelopeSerializer(serializers.Serializer):
    error = ErrorSerializer()


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler. What is not a refusal goes on to `server_error`."""
    if isinstance(error, DomainError):
        status = 409 if isinstance(error, Conflict) else 400
        body, headers = envelope(error.code, error.message, error.fields), {}
    elif isinstance(error := _translated(error), exceptions.APIException):
        status, body, headers = error.status_code, _body(error), _headers(error)
    else:
        return None
    set_rollback()
    return Response(body, status=status, headers=headers)


def envelope(code: str, message: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "fields": fields or {}}}


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: the API keeps its envelope, with the id the log knows it by."""
    request_id = f"req_{secrets.token_hex(8)}"
    log.error("%s failed: %s %s", request_id, request.method, request.path)
    if not request.path.startswith(API_PREFIX):
        context = {"request_id": request_id, "path": request.get_full_path()}
        return HttpResponse(loader.render_to_string("500.html", context), status=500)
    body = envelope("internal_error", f"Something went wrong here ({request_id}).")
    body["error"]["request_id"] = request_id
    return JsonResponse(body, status=500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler400`: a request it refuses before any view, for its host for example."""
    if not request.path.startswith(API_PREFIX):
        return html_bad_request(request, exception)
    return JsonResponse(envelope("bad_request", "This request cannot be served."), status=400)


class UnknownRoute(APIView):
    """Whatever else is asked under `/api/`."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound("There is nothing here. Paths have no slash at the end.")


def _translated(error: Exception) -> Exception:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    return error


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if not isinstance(error, exceptions.ValidationError):
        return envelope(str(error.get_codes()), str(error.detail))
    detail = error.detail if isinstance(error.detail, dict) else {}
    fields = {name: value for name, value in detail.items() if name != _no_field()}
    general = error.detail if isinstance(error.detail, list) else detail.get(_no_field(), [])
    message = " ".join([str(line) for line in general]) or summary(fields)
    return envelope("invalid", message, fields)


def _no_field() -> str:
    return api_settings.NON_FIELD_ERRORS_KEY


def _headers(error: exceptions.APIException) -> dict[str, str]:
    challenge = getattr(error, "auth_header", None)
    return {"WWW-Authenticate": challenge} if challenge else {}
