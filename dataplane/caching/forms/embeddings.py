"""Embeddings, which have no stream."""

from typing import Any

from dataplane.caching.forms.events import Undone


def is_whole(body: dict[str, Any]) -> bool:
    return bool(body["data"]) and "error" not in body


def text(body: dict[str, Any]) -> str | None:
    return None


def assemble(stream: bytes) -> dict[str, Any]:
    raise Undone


def take_apart(body: dict[str, Any], *, with_usage: bool) -> list[bytes]:
    raise Undone
