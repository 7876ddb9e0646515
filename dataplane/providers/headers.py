"""The headers and the query of a request to a provider: its own, and what is forwarded to it."""

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlencode

import httpx

from dataplane.snapshot.model import Provider

USER_AGENT = "purser"
# Lists of features: what the provider is configured with and what the client asks for both hold.
LISTS = frozenset({"anthropic-beta", "openai-beta"})
MADE_MAX = 1_024

Authorization = Callable[[Provider], dict[str, str]]
"""The headers that carry a provider's credential, by lower-case name."""
Made = tuple[Provider, httpx.Headers]


class ProviderHeaders:
    """The headers of one kind of provider. `forwarded` are those of the client that mean something
    to the provider and carry no credential."""

    def __init__(
        self,
        authorization: Authorization,
        forwarded: Iterable[bytes] = (),
        defaults: Mapping[str, str] | None = None,
    ) -> None:
        self._authorization = authorization
        self._forwarded = tuple(forwarded)
        self._defaults = dict(defaults or {})
        self._made: dict[tuple[str, int, tuple[bytes, ...]], Made] = {}

    def of(self, provider: Provider, client: Mapping[bytes, bytes]) -> httpx.Headers:
        """Kept for the next request like it: making them takes longer than all else about it."""
        given = tuple([client.get(name, b"") for name in self._forwarded])
        place = (provider.id, provider.credential_index, given)
        made_for, headers = self._made.get(place, (None, None))
        if headers is None or made_for is not provider:
            if len(self._made) >= MADE_MAX:
                self._made.clear()
            headers = httpx.Headers(self._texts(provider, given), encoding="latin-1")
            self._made[place] = (provider, headers)
        return headers

    def _texts(self, provider: Provider, given: tuple[bytes, ...]) -> dict[str, str]:
        """What is configured for the provider comes before the client's."""
        names = [name.decode() for name in self._forwarded]
        asked = {name: value.decode("latin-1") for name, value in zip(names, given, strict=True)}
        configured = {name.lower(): value for name, value in provider.extra_headers.items()}
        for name in LISTS & configured.keys():
            if more := asked.get(name):
                configured[name] += f",{more}"
        return {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": USER_AGENT,
            **self._defaults,
            **{name: value for name, value in asked.items() if value},
            **configured,
            **self._authorization(provider),
        }


def api_key_in(header: str, provider: Provider) -> dict[str, str]:
    """The credential's key in a header: the provider's `auth_header`, else the usual one."""
    api_key = provider.credential.get("api_key")
    if not api_key:
        return {}
    name = (provider.auth_header or header).lower()
    return {name: f"Bearer {api_key}" if name == "authorization" else api_key}


def with_query(url: str, provider: Provider, **query: str) -> str:
    """The URL with a query; what is configured for the provider comes before ours."""
    parameters = {**query, **provider.extra_query}
    return f"{url}?{urlencode(parameters)}" if parameters else url
