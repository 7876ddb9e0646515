"""Refusals of Google's APIs: whose fault, and when to come back (synthetic, from its pages)."""

import json
from typing import Any

import httpx
import pytest

from dataplane.providers.base import Reply, UpstreamError
from dataplane.providers.gemini.errors import read_error

TYPE = "type.googleapis.com/google.rpc."


def refused(body: Any, status: int = 429, **headers: str) -> UpstreamError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_error(Reply(status, httpx.Headers(headers), data))


def error(message: str = "", status: str = "RESOURCE_EXHAUSTED", *details: Any) -> dict[str, Any]:
    return {"error": {"code": 429, "message": message, "status": status, "details": list(details)}}


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (error("Quota exceeded.\nPlease retry in 48.912345s."), 48.912345),
        (error("Please retry in 730.5ms."), 0.7305),
        (error("Please retry in 1m2.5s."), 62.5),
        (error("Please retry in 13h49m18.5s."), 49_758.5),
        (error("Quota exceeded."), None),
        (error("Please retry in a while."), None),
        (error("", "X", {"@type": f"{TYPE}RetryInfo", "retryDelay": "48s"}), 48.0),
        (error("", "X", {"@type": f"{TYPE}RetryInfo", "retryDelay": 48}), None),
        (error("", "X", {"@type": f"{TYPE}RetryInfo", "retryDelay": "soon"}), None),
        (error("", "X", "odd", None, {"@type": 5}), None),
    ],
)
def test_when_to_come_back_stands_in_the_details_or_the_message(body: Any, seconds: float | None):
    assert refused(body).retry_after_seconds == pytest.approx(seconds)


def test_a_header_says_best_when_to_come_back():
    assert refused(error("Please retry in 48s."), **{"retry-after": "7"}).retry_after_seconds == 7


def test_a_wrong_key_is_told_apart_from_a_wrong_request():
    details = {"@type": f"{TYPE}ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    told = refused(error("API key not valid.", "INVALID_ARGUMENT", details), 400)
    assert (told.type, told.message) == ("API_KEY_INVALID", "API key not valid.")
    assert told.is_about_credential
    assert not refused(error("Not valid.", "INVALID_ARGUMENT"), 400).is_about_credential


@pytest.mark.parametrize(
    ("body", "message", "kind"),
    [
        ([error("No.", "NOT_FOUND")], "No.", "NOT_FOUND"),
        ({"error": "No."}, "No.", None),
        ({"error": {"message": 5, "status": [], "details": "x"}}, "", None),
        (b"<html>Bad Gateway</html>", "", None),
        (b"", "", None),
        (b"\xff", "", None),
        ([], "", None),
        ({}, "", None),
        (b"[" * 100_000, "", None),
    ],
)
def test_bodies_of_any_shape_are_read(body: Any, message: str, kind: str | None):
    told = refused(body)
    assert (told.message, told.type) == (message, kind)
