"""One request to a provider, and what came back, in words that may be shown."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterable, Awaitable
from dataclasses import dataclass

import httpx

from dataplane.failures import AttemptFailed, Failure, public_code
from dataplane.providers.base import (
    AnswerUnusable,
    CredentialUnusable,
    Reply,
    UpstreamRequest,
    WireFormat,
)
from dataplane.providers.redaction import redact
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment
from dataplane.upstream.call import secrets_of
from dataplane.upstream.client import BROKEN_OFF, UpstreamClient, chunks_of

ANSWER_BYTES_MAX = 8 * 1024 * 1024
CONNECT_SECONDS = 5.0
# Statuses and words by which providers say that it is the credential.
CREDENTIAL_STATUSES = frozenset({401, 407})
CREDENTIAL_WORDS = re.compile(
    r"api.?key|security.?token|signature|unrecognizedclient|expiredtoken|authenticat|credential",
    re.IGNORECASE,
)
CODES = {402: "payment_required", 403: "not_permitted", 404: "not_found", 429: "rate_limited"}
SAID = {
    "upstream_timeout": "It did not answer in time.",
    "upstream_failed": "It cannot be reached, or broke the connection.",
    "answer_unusable": "It answered with something else than what was asked for.",
}


@dataclass(frozen=True)
class Outcome:
    """How a request went. It has a `body` if it was answered, and a code if it failed."""

    ms: float | None = None
    body: bytes | None = None
    status: int | None = None
    error_code: str | None = None
    message: str = ""
    is_the_credentials: bool = False


def failed(ms: float | None, code: str) -> Outcome:
    return Outcome(ms, error_code=code, message=SAID.get(code, SAID["upstream_failed"]))


class Asker:
    """Asks one deployment, with time limits."""

    def __init__(
        self,
        client: UpstreamClient,
        wire: WireFormat,
        deployment: Deployment,
        call: GatewayRequest,
    ) -> None:
        self._client = client
        self._wire = wire
        self._secrets = secrets_of(deployment.provider)
        self._call = call

    async def post(self, request: UpstreamRequest, seconds: float) -> Outcome:
        """As the data plane calls."""
        outcome = await self._timed(self._send(request), seconds)
        if outcome.body is not None:
            try:
                self._wire.read_answer(self._call, Reply(200, httpx.Headers(), outcome.body))
            except AnswerUnusable:
                return failed(outcome.ms, "answer_unusable")
        return outcome

    async def get(self, url: str, headers: httpx.Headers, seconds: float) -> Outcome:
        return await self._timed(_get(url, headers, seconds), seconds)

    async def _send(self, request: UpstreamRequest) -> Reply:
        response = await self._client.send(request)
        try:
            body = await _read(chunks_of(response))
        finally:
            await response.aclose()
        return Reply(response.status_code, response.headers, body)

    async def _timed(self, sending: Awaitable[Reply], seconds: float) -> Outcome:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(seconds):
                reply = await sending
        except (TimeoutError, httpx.TimeoutException):
            return failed(_since(began), "upstream_timeout")
        except AttemptFailed as failure:
            is_too_large = failure.failure is Failure.TOO_LARGE
            code = "answer_unusable" if is_too_large else public_code(failure.failure)
            return failed(_since(began), code)
        except (*BROKEN_OFF, httpx.InvalidURL, OSError):
            return failed(_since(began), "upstream_failed")
        if 200 <= reply.status < 300:
            return Outcome(_since(began), reply.body, reply.status)
        return self._refused(_since(began), reply)

    def _refused(self, ms: float, reply: Reply) -> Outcome:
        """In the provider's own words, without our secrets in them."""
        status = reply.status
        try:
            words = self._words(reply)
            is_the_credentials = status in CREDENTIAL_STATUSES or (
                status in (400, 403) and CREDENTIAL_WORDS.search(words) is not None
            )
        except CredentialUnusable as error:
            words, is_the_credentials = str(error), True
        usual = "upstream_refused" if status < 500 else "upstream_failed"
        code = "credential_refused" if is_the_credentials else CODES.get(status, usual)
        message = f"It answered {status}: {words}" if words else f"It answered {status}."
        return Outcome(ms, None, status, code, message, is_the_credentials)

    def _words(self, reply: Reply) -> str:
        """Raises `CredentialUnusable` where the wire format knows that it is that."""
        try:
            error = json.loads(self._wire.refusal(reply, self._call, self._secrets))["error"]
            said = [error.get("upstream_type") or error.get("type"), error.get("message")]
        except (ValueError, KeyError, TypeError, AttributeError):
            return ""
        words = ": ".join(each for each in said if isinstance(each, str) and each)
        return redact(words, self._secrets)


async def _get(url: str, headers: httpx.Headers, seconds: float) -> Reply:
    """Without the proxies of the environment, which calls do not take either."""
    timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
    async with (
        httpx.AsyncClient(timeout=timeout, trust_env=False) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        return Reply(response.status_code, response.headers, await _read(response.aiter_bytes()))


async def _read(chunks: AsyncIterable[bytes]) -> bytes:
    """Raises `AttemptFailed` for more than anyone needs."""
    body = b""
    async for chunk in chunks:
        body += chunk
        if len(body) > ANSWER_BYTES_MAX:
            raise AttemptFailed(Failure.TOO_LARGE)
    return body


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
