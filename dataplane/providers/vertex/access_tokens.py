"""Access tokens of Google Cloud: one for each credential, fetched before it is needed.

A call never waits for a token but for the first: another is fetched in a thread while the last one
is still good, once for all calls, and an outage of the token service is felt only when the last
token has expired.
"""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dataplane.providers.base import CredentialUnusable
from dataplane.providers.vertex.fetched_token import FetchedToken
from dataplane.snapshot.model import Provider

log = logging.getLogger(__name__)

# A token service that hangs must not take the threads that others write to disk with.
THREADS_MAX = 4
# A failure holds for all calls of this time, so that an outage is not a storm of requests.
RETRY_SECONDS = 3.0
KNOWN_MAX = 1_024

Fetch = Callable[[], FetchedToken]


class AccessTokens:
    """Made once a process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="access-tokens")
        self._accounts: dict[str, _Account] = {}
        self._known: dict[int, tuple[Mapping[str, Any], _Account]] = {}

    async def token(self, provider: Provider) -> str:
        """What goes behind `Bearer`. Raises `CredentialUnusable`."""
        return (await self._account(provider).fetched()).token

    async def project(self, provider: Provider) -> str:
        """The provider's own, else that of its account. Raises `CredentialUnusable`."""
        if provider.project:
            return provider.project
        fetched = await self._account(provider).fetched()
        if fetched.project is None:
            raise CredentialUnusable("neither the provider nor its account names a project")
        return fetched.project

    def _account(self, provider: Provider) -> "_Account":
        """The same for the same credential, also when the catalog has been loaded anew."""
        credential = provider.credential
        known, account = self._known.get(id(credential), (None, None))
        if account is not None and known is credential:
            return account
        text = json.dumps(credential, sort_keys=True, default=str)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        account = self._accounts.get(fingerprint)
        if account is None:
            account = _Account(lambda: _fetch(credential), self._threads)
            self._accounts[fingerprint] = account
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[id(credential)] = (credential, account)
        return account


class _Account:
    """One credential, its last token, and the fetching of the next."""

    def __init__(self, fetch: Fetch, threads: ThreadPoolExecutor) -> None:
        self._fetch = fetch
        self._threads = threads
        self._token: FetchedToken | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._failure = ""
        self._failed_at = float("-inf")

    async def fetched(self) -> FetchedToken:
        """A token that is good for a while yet. Raises `CredentialUnusable`."""
        token, now = self._token, time.time()
        if token is not None and now < token.usable_until:
            if now >= token.refresh_at:
                self._begin()
            return token
        if (fetching := self._begin()) is not None:
            await asyncio.shield(fetching)
        token = self._token
        if token is None or time.time() >= token.usable_until:
            raise CredentialUnusable(self._failure)
        return token

    def _begin(self) -> "asyncio.Task[None] | None":
        """The fetching that is under way, or a new one; None shortly after one failed."""
        if self._fetching is not None:
            return self._fetching
        if time.monotonic() - self._failed_at < RETRY_SECONDS:
            return None
        self._fetching = asyncio.create_task(self._run())
        return self._fetching

    async def _run(self) -> None:
        try:
            loop = asyncio.get_running_loop()
            self._token = await loop.run_in_executor(self._threads, self._fetch)
        except CredentialUnusable as error:
            self._failure, self._failed_at = str(error), time.monotonic()
            log.warning("no access token of Google Cloud: %s", error)
        finally:
            self._fetching = None


def _fetch(credential: Mapping[str, Any]) -> FetchedToken:
    # google-auth takes as long to load as all else here: only where it is needed.
    from dataplane.providers.vertex.google_credentials import fetch

    return fetch(credential)
