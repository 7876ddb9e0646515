"""Where the keys come from that requests are signed with.

Keys of the provider's own credential are used as they are. Those of a profile, and of where the
process runs (environment, container, instance, web identity), are found and renewed by botocore,
which is slow, asks servers, and blocks: so in a thread, before they are needed, once for all who
wait, and never for each request.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from dataplane.providers.base import CredentialUnusable
from dataplane.providers.bedrock.signatures import AwsKeys

log = logging.getLogger(__name__)

FRESH_SECONDS = 60.0
"""After this, keys are asked for anew, in the background: a file may have changed meanwhile."""
USABLE_SECONDS = 300.0
"""After this they are asked for before they are used. botocore renews keys ten minutes, at the
latest, before they expire, so until then they hold in any case."""
RETRY_SECONDS = 2.0
BEARER_VARIABLE = "AWS_BEARER_TOKEN_BEDROCK"

Find = Callable[[], AwsKeys]
"""Blocks. Raises `CredentialUnusable`."""


class AwsCredentials:
    """The keys of all providers of the process."""

    def __init__(self, find: Callable[[str | None], Find] | None = None) -> None:
        self._find = find or chain
        self._renewed: dict[str | None, RenewedKeys] = {}

    async def keys(self, credential: Mapping[str, Any]) -> AwsKeys:
        """Raises `CredentialUnusable`."""
        if secret := credential.get("secret_access_key"):
            access_key_id = credential.get("access_key_id")
            if not access_key_id:
                raise CredentialUnusable("the credential has no access_key_id")
            return AwsKeys(access_key_id, secret, credential.get("session_token"))
        profile = credential.get("profile")
        if (renewed := self._renewed.get(profile)) is None:
            renewed = self._renewed[profile] = RenewedKeys(self._find(profile))
        return await renewed.keys()


def bearer_of(credential: Mapping[str, Any]) -> str | None:
    """A Bedrock API key, which needs no signature: the provider's, or the environment's.

    https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html
    """
    if not credential:
        return os.environ.get(BEARER_VARIABLE)
    api_key = credential.get("api_key")
    return str(api_key) if api_key else None


class RenewedKeys:
    """Keys that somebody else gives out and takes back: found again and again."""

    def __init__(self, find: Find, clock: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._keys: AwsKeys | None = None
        self._found_at = 0.0
        self._failed: CredentialUnusable | None = None
        self._failed_at = 0.0
        self._finding: asyncio.Task[None] | None = None

    async def keys(self) -> AwsKeys:
        """Raises `CredentialUnusable`."""
        age = self._clock() - self._found_at
        if self._keys is None or age > USABLE_SECONDS:
            return await self._awaited()
        if age > FRESH_SECONDS and not self._has_just_failed():
            self._begin()
        return self._keys

    async def _awaited(self) -> AwsKeys:
        if not self._has_just_failed():
            # Whoever gives up waiting leaves the others their answer.
            await asyncio.shield(self._begin())
        if self._failed is not None or self._keys is None:
            raise CredentialUnusable(str(self._failed))
        return self._keys

    def _has_just_failed(self) -> bool:
        return self._failed is not None and self._clock() - self._failed_at < RETRY_SECONDS

    def _begin(self) -> "asyncio.Task[None]":
        if self._finding is None or self._finding.done():
            self._finding = asyncio.create_task(self._renew())
        return self._finding

    async def _renew(self) -> None:
        try:
            self._keys = await asyncio.to_thread(self._find)
        except CredentialUnusable as error:
            self._failed, self._failed_at = error, self._clock()
            log.warning("AWS credentials could not be renewed: %s", error)
        else:
            self._failed, self._found_at = None, self._clock()


def chain(profile: str | None) -> Find:
    """A search of all places that botocore knows, or of one profile of the shared files.

    Imported when it is first needed: botocore takes half a second, which is the thread's.
    """
    session: Any = None

    def find() -> AwsKeys:
        nonlocal session
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
        from botocore.session import Session

        try:
            found = session.get_credentials() if session is not None else None
            if found is None or not _renews_itself(found):
                session = Session(profile=profile)
                found = session.get_credentials()
            if found is None:
                raise CredentialUnusable("there are no AWS credentials where the process runs")
            keys = found.get_frozen_credentials()
        except (
            *(BotoCoreError, ClientError, ResponseParserError),
            *(OSError, ValueError, KeyError, RuntimeError),
        ) as error:
            # Its words may quote files and answers.
            raise CredentialUnusable(f"botocore found none: {type(error).__name__}") from error
        return AwsKeys(keys.access_key, keys.secret_key, keys.token)

    return find


def _renews_itself(credentials: Any) -> bool:
    """Whether asking them again is enough: a file has to be read again, and the environment of a
    process does not change."""
    return hasattr(credentials, "refresh_needed") or credentials.method == "env"
