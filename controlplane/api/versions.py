"""Optimistic concurrency: `ETag` names the version that was read, `If-Match` the one that is meant.

A version is what people configured: a balance that moves, or a time of last use, is none of it.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.request import Request

ANY = "*"
IF_MATCH = "If-Match"
VERSION_LENGTH = 32


class Outdated(APIException):
    """The object is no longer what the caller read."""

    status_code = 412
    default_code = "outdated"
    default_detail = "It was changed meanwhile. Read it again, and decide anew."


def version_of(shown: Mapping[str, Any], moving: Collection[str]) -> str:
    """An entity tag for a representation, apart from the fields that move by themselves."""
    configured = {name: value for name, value in shown.items() if name not in moving}
    text = json.dumps(configured, sort_keys=True, separators=(",", ":"), default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH]}"'


def names_a_version(request: Request) -> bool:
    return IF_MATCH in request.headers


def require(request: Request, version: str) -> None:
    """Raises `Outdated` unless `If-Match` holds the version. Weak tags never match (RFC 9110)."""
    wanted = [tag.strip() for tag in request.headers[IF_MATCH].split(",")]
    if ANY not in wanted and version not in wanted:
        raise Outdated
