"""Every route there is, from Django's own resolver, so that a new one is walked by itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib.admin.utils import quote as admin_quote
from django.urls import get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
ANCHORS = re.compile(r"[\^$]")


@dataclass(frozen=True)
class Route:
    """A path such as `/api/v1/teams/{id}`, and what answers there."""

    path: str
    parameters: tuple[str, ...]
    callback: Any

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def section(self) -> str:
        """`teams` of the API, `accounts.team` of the admin, else the path's first part."""
        parts = self.path.strip("/").split("/")
        if self.is_api:
            return parts[2] if len(parts) > 2 else ""
        if parts[0] == "admin" and len(parts) > 3:
            return f"{parts[1]}.{parts[2]}"
        return parts[0]

    def posts(self) -> bool:
        actions = getattr(self.callback, "actions", None)
        view = getattr(self.callback, "cls", None) or getattr(self.callback, "view_class", None)
        if view is not None and "post" not in view.http_method_names:
            return False
        return "post" in actions if actions is not None else hasattr(view, "post")

    def filled(self, values: Mapping[str, Any]) -> str:
        made = (lambda text: quote(admin_quote(text))) if "/admin/" in self.path else quote
        return self.path.format(**{name: made(str(values[name])) for name in self.parameters})


def all_routes() -> list[Route]:
    return [Route(*_template(pattern), callback) for pattern, callback in _walk(get_resolver(), "")]


def _walk(resolver: Any, before: str) -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        pattern = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from _walk(each, pattern)
        else:
            yield pattern, each.callback


def _template(pattern: str) -> tuple[str, tuple[str, ...]]:
    names = [plain or named for plain, named in PARAMETER.findall(pattern)]
    parts = [ANCHORS.sub("", part) for part in PARAMETER.split(pattern)[::3]]
    filled = [f"{{{name}}}" for name in names]
    path = "".join(text for pair in zip(parts, [*filled, ""], strict=True) for text in pair)
    return f"/{path}", tuple(names)
