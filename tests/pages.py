"""People at the pages of the control plane: members, browsers, and what a page says."""

import itertools
import re
from typing import Any

from django.test import Client

PASSWORD = "correct horse battery staple"
ERROR = re.compile(r'role="alert">([^<]+)<')
_addresses = itertools.count(1)


def browser(address: str | None = None, *, host: str = "localhost") -> Client:
    """A browser; by default each is at an address of its own."""
    number = next(_addresses)
    place = address or f"10.1.{number // 250}.{number % 250}"
    return Client(headers={"host": host}, REMOTE_ADDR=place)


def make_member(username: str, **fields: Any) -> Any:
    from controlplane.accounts.members import create_member

    return create_member(username=username, password=PASSWORD, **fields)


def sign_in(
    client: Client,
    username: str,
    *,
    password: str = PASSWORD,
    page: str = "/account/login/",
    **more: str,
) -> Any:
    return client.post(page, {"login": username, "password": password, **more})


def field_errors(page: Any) -> list[str]:
    assert page.status_code == 200, page.status_code
    return ERROR.findall(page.content.decode())
