"""One attempt at one deployment, up to where its answer is whole or its first content is there."""

import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

from dataplane.failures import AttemptFailed, Failure, failure_of
from dataplane.providers.base import (
    AnswerUnusable,
    AskAgain,
    CredentialUnusable,
    Reply,
    Splitter,
    StreamDamaged,
    StreamReader,
    UpstreamRequest,
    WholeAnswer,
    WireFormat,
)
from dataplane.request import Attempt, GatewayRequest
from dataplane.settings import Settings
from dataplane.snapshot.model import Deployment, Provider
from dataplane.upstream.client import (
    BROKEN_OFF,
    UpstreamClient,
    UpstreamResponse,
    broken_off,
    chunks_of,
)
from dataplane.upstream.deadline import NEVER, Deadline

log = logging.getLogger(__name__)

ERROR_BYTES_MAX = 256 * 1024
UNAUTHORIZED = 401


@dataclass(slots=True)
class OpenStream:
    """A stream whose first content has arrived: what to send first, where the rest comes from."""

    head: bytes
    events: AsyncIterator[bytes]
    reader: StreamReader
    response: UpstreamResponse
    deadline: Deadline


class Caller:
    """Makes attempts. Each takes its own entry of the request's attempts and fills it in."""

    def __init__(self, client: UpstreamClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    async def fetch(
        self,
        call: GatewayRequest,
        deployment: Deployment,
        wire: WireFormat,
        attempt: Attempt,
        deadline: Deadline,
    ) -> WholeAnswer:
        """An answer in one piece. Raises `AttemptFailed`."""
        began = time.perf_counter()
        seconds = self._settings.upstream_first_byte_timeout_seconds
        try:
            response = await self._open(call, deployment, wire, attempt, deadline, seconds)
            deadline.answered()
            body = await self._read_body(response, deadline, self._settings.answer_bytes_max)
            return wire.read_answer(call, Reply(response.status_code, response.headers, body))
        except AnswerUnusable as error:
            raise AttemptFailed(Failure.GARBLED) from error
        finally:
            _clock(call, attempt, began)

    async def open_stream(
        self,
        call: GatewayRequest,
        deployment: Deployment,
        wire: WireFormat,
        attempt: Attempt,
        deadline: Deadline,
    ) -> OpenStream:
        """A stream that has begun to answer. Raises `AttemptFailed` if it fails before that."""
        began = time.perf_counter()
        seconds = self._settings.first_content_seconds
        try:
            response = await self._open(call, deployment, wire, attempt, deadline, seconds)
            try:
                splitter = wire.splitter(self._settings.event_bytes_max)
                return await self._begin(response, splitter, wire.read_stream(call), deadline)
            except BaseException:
                await response.aclose()
                raise
        finally:
            _clock(call, attempt, began)

    async def _open(
        self,
        call: GatewayRequest,
        deployment: Deployment,
        wire: WireFormat,
        attempt: Attempt,
        deadline: Deadline,
        seconds: float,
    ) -> UpstreamResponse:
        """The response of a 2xx; anything else is read, closed and raised."""
        request = await self._prepared(call, deployment, wire, deadline)
        deadline.begin(seconds)
        response = await deadline.wait(
            self._client.send(request), seconds, Failure.FIRST_BYTE_TIMEOUT
        )
        attempt.status = status = response.status_code
        if 200 <= status < 300:
            return response
        body = await self._read_body(response, deadline, ERROR_BYTES_MAX)
        failed = AttemptFailed(failure_of(status), status)
        reply = Reply(status, response.headers, body)
        try:
            failed.refusal = wire.refusal(reply, call, secrets_of(deployment.provider))
        except AskAgain:
            return await self._open(call, deployment, wire, attempt, deadline, seconds)
        except CredentialUnusable as error:  # which others say by the status
            log.warning("provider %s: %s", deployment.provider.id, error)
            raise AttemptFailed(Failure.CREDENTIAL_REFUSED, UNAUTHORIZED) from error
        failed.retry_after_seconds = wire.retry_after_seconds(reply)
        raise failed

    async def _prepared(
        self, call: GatewayRequest, deployment: Deployment, wire: WireFormat, deadline: Deadline
    ) -> UpstreamRequest:
        try:
            if deployment.provider.is_sealed:
                raise CredentialUnusable("its credential was sealed with another sealing key")
            return await deadline.wait(
                wire.request(call, deployment),
                self._settings.preparing_seconds,
                Failure.CREDENTIAL_UNUSABLE,
            )
        except UnicodeEncodeError as error:  # a header of the provider's configuration
            raise AttemptFailed(Failure.CREDENTIAL_UNUSABLE) from error
        except CredentialUnusable as error:
            log.warning("provider %s: %s", deployment.provider.id, error)
            raise AttemptFailed(Failure.CREDENTIAL_UNUSABLE) from error

    async def _read_body(
        self, response: UpstreamResponse, deadline: Deadline, bytes_max: int
    ) -> bytes:
        """The whole body; closes the response."""
        seconds = self._settings.upstream_chunk_timeout_seconds
        chunks: list[bytes] = []
        size = 0
        try:
            with deadline.within(seconds):
                async for chunk in chunks_of(response):
                    size += len(chunk)
                    if size > bytes_max:
                        raise AttemptFailed(Failure.TOO_LARGE)
                    chunks.append(chunk)
                    deadline.within(seconds)
        except TimeoutError as error:
            raise AttemptFailed(deadline.failure(Failure.CHUNK_TIMEOUT)) from error
        except BROKEN_OFF as error:
            raise broken_off(error) from error
        finally:
            await response.aclose()
        return b"".join(chunks)

    async def _begin(
        self,
        response: UpstreamResponse,
        splitter: Splitter,
        reader: StreamReader,
        deadline: Deadline,
    ) -> OpenStream:
        """Reads until the reader has seen content; what came before it goes out with it."""
        events = _events(response, splitter)
        head: list[bytes] = []
        room = self._settings.event_bytes_max
        try:
            async for event in deadline.each(events, NEVER):
                head.append(reader.read(event))
                if reader.has_failed:
                    raise AttemptFailed(Failure.STREAM_FAILED)
                if reader.has_content:
                    deadline.answered()
                    return OpenStream(b"".join(head), events, reader, response, deadline)
                if (room := room - len(event)) < 0:
                    raise AttemptFailed(Failure.TOO_LARGE)
            raise AttemptFailed(Failure.TRUNCATED)
        except AttemptFailed as failed:
            failed.usage, failed.output_bytes = reader.usage, reader.output_bytes
            raise


async def _events(response: UpstreamResponse, splitter: Splitter) -> AsyncIterator[bytes]:
    """Raw events of a stream, the unfinished last one included."""
    try:
        async for chunk in chunks_of(response):
            for event in splitter.feed(chunk):
                yield event
        if rest := splitter.rest():
            yield rest
    except BROKEN_OFF as error:
        raise broken_off(error) from error
    except StreamDamaged as error:
        raise AttemptFailed(Failure.GARBLED) from error


def secrets_of(provider: Provider) -> tuple[str, ...]:
    """What must not be in anything a client sees: the credential, the address."""
    address = provider.base_url.partition("://")[2]
    host = address.partition("/")[0]
    return (*_texts(provider.credential), provider.base_url, address, host)


def _texts(value: object) -> Iterator[str]:
    """All of a credential: a key file is an object inside it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)


def _clock(call: GatewayRequest, attempt: Attempt, began: float) -> None:
    attempt.ms = (time.perf_counter() - began) * 1000
    call.upstream_ms += attempt.ms
