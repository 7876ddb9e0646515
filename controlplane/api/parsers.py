"""Reading request bodies: JSON and nothing else, strictly, up to a size."""

import json
import math
from collections.abc import Mapping
from typing import Any, BinaryIO, NoReturn

from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser

from controlplane.validators import is_storable

BODY_BYTES_MAX = 1_048_576
UNSTORABLE = "Holds a character that cannot be stored, or is nested too deeply."


class RequestTooLarge(exceptions.APIException):
    status_code = 413
    default_code = "request_too_large"
    default_detail = "The request's body is too large."


class InvalidJSON(exceptions.ParseError):
    default_code = "invalid_json"


class StrictJSONParser(BaseParser):
    """UTF-8 JSON without duplicate names, NaN, infinities, NUL or lone surrogates."""

    media_type = "application/json"

    def parse(
        self,
        stream: BinaryIO,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(BODY_BYTES_MAX + 1)
        if len(body) > BODY_BYTES_MAX:
            raise RequestTooLarge(f"The body may have at most {BODY_BYTES_MAX} bytes.")
        try:
            value = json.loads(
                body.decode("utf-8"),
                object_pairs_hook=_object,
                parse_float=_finite,
                parse_constant=_no_number,
            )
        except (ValueError, RecursionError) as error:
            raise InvalidJSON(f"The body is not valid JSON: {_reason(error)}.") from error
        _require_storable(value)
        return value


class AlwaysJSON(BaseContentNegotiation):
    """The API answers JSON, whatever a browser says it would rather have."""

    def select_parser(self, request: HttpRequest, parsers: list[BaseParser]) -> BaseParser | None:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self, request: HttpRequest, renderers: list[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name appears twice in one object")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _reason(error: Exception) -> str:
    """Why, without repeating what was sent: it may hold a secret."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} (line {error.lineno}, column {error.colno})"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _require_storable(value: Any) -> None:
    if isinstance(value, dict):
        wrong = [name for name, part in value.items() if not is_storable({name: part})]
        if wrong:
            raise exceptions.ValidationError({_printable(name): [UNSTORABLE] for name in wrong})
    elif not is_storable(value):
        raise InvalidJSON(UNSTORABLE)


def _printable(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()
