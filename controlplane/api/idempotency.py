"""`Idempotency-Key`: a POST that is sent again, because its answer was lost, is answered again."""

from collections.abc import Callable
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Principal
from controlplane.idempotency.services import Answered, once

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY_LENGTH_MAX = 255


def key_of(request: Request) -> str | None:
    """The header's value. Raises `ValidationError` for one that is empty or too long."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        raise ValidationError({HEADER: [f"Must be 1 to {KEY_LENGTH_MAX} printable characters."]})
    return key


def answer_once(
    request: Request, key: str, principal: Principal, handler: Callable[[], Response]
) -> Response:
    """What the handler answers, or answered before. What it refuses may be tried again."""
    headers: dict[str, Any] = {}

    def act() -> Answered:
        response = handler()
        headers.update(response.headers)
        return Answered(response.status_code, response.data)

    what = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    answered = once(who=principal.label, key=key, request=what, act=act)
    if answered.is_replayed:
        headers[REPLAYED] = "true"
    return Response(answered.body, status=answered.status, headers=headers)
