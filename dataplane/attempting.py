"""The attempts at one request: candidate after candidate, until one has begun to answer.

Which failures lead on, and which are answered, says `routing/fallback.py`. Every attempt has its
circuit asked, its money reserved, and its entry in the usage record.
"""

import asyncio
import contextlib
import random
from collections import deque

from dataplane import refusals
from dataplane.errors import GatewayError, Unsupported
from dataplane.failures import AttemptFailed, Failure
from dataplane.gateway import Gateway
from dataplane.metering.allowances.reserving import Reservation
from dataplane.presence import ClientLeft
from dataplane.providers.base import WholeAnswer, WireFormat
from dataplane.request import GatewayRequest
from dataplane.reserving import reserve
from dataplane.resuming import Resuming, may_be_resumed, rest_of
from dataplane.routing import fallback, retries
from dataplane.routing.router import ATTEMPTS_MAX, Route
from dataplane.settling import Admission, Settling
from dataplane.snapshot.model import Deployment
from dataplane.translation.continuing import Continuing
from dataplane.translation.translated import Translated
from dataplane.upstream.call import OpenStream
from dataplane.upstream.deadline import Deadline
from dataplane.upstream.streaming import StreamEnd

Begun = tuple[Settling, WholeAnswer | OpenStream]
"""An attempt, and what the client can be answered from."""


class Attempts:
    """What has been tried of a request's route, and what can be tried still."""

    def __init__(
        self, call: GatewayRequest, admission: Admission, route: Route, gateway: Gateway
    ) -> None:
        self.owed = admission.owed
        self._call = call
        self._admission = admission
        self._gateway = gateway
        self._left = deque(route.candidates)
        self._fallbacks = len(route.candidates) - route.asked_for
        self._deadline = Deadline(call.alarm, gateway.settings.upstream_total_timeout_seconds)
        self._outcome = refusals.Outcome()
        self._last_resorts: deque[Deployment] = deque()
        self._resuming: Resuming | None = None
        self._has_retried = False
        self._is_over = False

    async def begin(self) -> Begun:
        """The first that answers. Raises `GatewayError` if none does, `ClientLeft`."""
        call, settings = self._call, self._gateway.settings
        if call.streamed:
            call.client.watch()
            self._deadline.watch(call.client, settings.drain_after_client_gone_seconds)
        deployment: Deployment | None = self._left.popleft()
        while deployment is not None:
            if (begun := await self._try(deployment)) is not None:
                return begun
            deployment = await self._next()
        error = self._outcome.error()
        error.headers["x-purser-attempts"] = str(len(call.attempts))
        raise error

    async def resume(
        self, broken: Settling, stream: OpenStream, end: StreamEnd
    ) -> tuple[Settling, OpenStream] | None:
        """Another attempt, which goes on with a stream that broke off. None if nobody does."""
        if end.failure is None or self._call.client.is_gone or not may_be_resumed(self._call):
            return None
        if (rest := rest_of(self._call, stream)) is None:
            return None
        self._resuming = rest
        broken.break_off(stream, end)
        self._release(broken.reservation)
        self._outcome.failed.append((broken.deployment, AttemptFailed(end.failure)))
        if not self._left:
            self._left.append(broken.deployment)
        with contextlib.suppress(GatewayError, ClientLeft):
            while (deployment := await self._next()) is not None:
                begun = await self._try(deployment)
                if begun is not None and isinstance(begun[1], OpenStream):
                    return begun[0], begun[1]
        return None

    async def _next(self) -> Deployment | None:
        """Who is to be asked next, when it is time for it."""
        if not (failed := self._outcome.failed):
            return self._left.popleft() if self._left else self._last_resort()
        if await self._call.client.look():
            raise ClientLeft
        if self._is_over or len(self._call.attempts) >= ATTEMPTS_MAX:
            return None
        deployment, last = failed[-1]
        if self._left and not retries.comes_right_back(last.retry_after_seconds):
            return self._left.popleft()
        if await self._may_retry(last):
            return deployment
        return self._left.popleft() if self._left else self._last_resort()

    async def _may_retry(self, failed: AttemptFailed) -> bool:
        """Whether the same may be asked once more; returns when it is time for that."""
        if self._has_retried or not fallback.TABLE[failed.failure].retries:
            return False
        wait = retries.wait_seconds(
            failed.retry_after_seconds, random.random(), self._deadline.seconds_left
        )
        if wait is None:
            return False
        self._has_retried = True
        self._call.upstream_ms += wait * 1000
        await asyncio.sleep(wait)
        return True

    def _last_resort(self) -> Deployment | None:
        """One that rests, and is worth asking all the same."""
        while self._last_resorts:
            deployment = self._last_resorts.popleft()
            if self._gateway.health.serves_anyhow(deployment):
                return deployment
        return None

    async def _try(self, deployment: Deployment) -> Begun | None:
        """None if it failed, or was not asked at all."""
        health, call = self._gateway.health, self._call
        is_last = not self._left
        if not health.is_well(deployment) and not (is_last and health.serves_anyhow(deployment)):
            self._rests(deployment)
            return None
        try:
            wire = self._wire(deployment)
            reservation = await reserve(
                call,
                self._admission.key,
                deployment,
                self._gateway.books,
                self._gateway.settings,
                self.owed.kept,
            )
        except GatewayError as error:
            self._is_refused(error)
            return None
        ticket = health.enter(deployment, streamed=call.streamed, anyhow=is_last)
        if ticket is None:
            self._release(reservation)
            self._rests(deployment)
            return None
        ticket.give_up = None if is_last else self._deadline.give_up
        self._deadline.timed = ticket
        attempt = call.start_attempt(deployment)
        attempt.resumed = self._resuming is not None
        own = (deployment, reservation, attempt, ticket)
        return await self._attempt(
            wire, Settling(call, self._admission, *own, self.owed, self._gateway)
        )

    def _wire(self, deployment: Deployment) -> WireFormat:
        """Raises `Unsupported`."""
        call, formats = self._call, self._gateway.wire_formats
        if self._resuming is not None:
            wire = formats.translated(call.endpoint, deployment)
            return self._resuming.ask(call, deployment, wire)
        if call.streamed and may_be_resumed(call):
            return formats.remembering(call.endpoint, deployment)
        return formats.find(call.endpoint, deployment)

    async def _attempt(self, wire: WireFormat, settling: Settling) -> Begun | None:
        call, gateway = self._call, self._gateway
        call.ignored = []
        ask = gateway.caller.open_stream if call.streamed else gateway.caller.fetch
        try:
            answer = await ask(call, settling.deployment, wire, settling.attempt, self._deadline)
        except AttemptFailed as failed:
            is_translated = isinstance(wire, Translated | Continuing)
            self._has_failed(settling, failed, is_translated=is_translated)
            return None
        except GatewayError as error:
            call.attempts.remove(settling.attempt)
            gateway.health.left(settling.ticket)
            self._release(settling.reservation)
            if not isinstance(error, Unsupported):
                raise
            self._is_refused(error)
            return None
        except Exception:
            self._has_gone_wrong(settling)
            raise
        except BaseException:
            gateway.health.left(settling.ticket)
            raise
        if call.streamed and self._resuming is None:
            call.ttft_ms = call.elapsed_ms
        gateway.health.answered(settling.ticket, is_whole=not call.streamed)
        return settling, answer

    def _has_failed(
        self, settling: Settling, failed: AttemptFailed, *, is_translated: bool
    ) -> None:
        """Puts down what it means, and what it cost."""
        gateway, rule = self._gateway, fallback.TABLE[failed.failure]
        attempt = settling.attempt
        attempt.status, attempt.error_code = failed.status or attempt.status, failed.failure
        gateway.health.failed(
            settling.ticket, failed.failure, rule.blame, failed.retry_after_seconds
        )
        is_cut_off = self._call.client.is_gone and failed.failure is Failure.TOTAL_TIMEOUT
        if failed.usage is not None or is_cut_off:
            settling.owe(failed)
        self._release(settling.reservation)
        self._outcome.failed.append((settling.deployment, failed))
        if failed.failure is Failure.REQUEST_REFUSED:
            self._is_over = self._outcome.is_at_fault = not fallback.is_particular(
                failed.refusal, is_translated=is_translated
            )
        elif not rule.falls_back:
            self._is_over = True

    def _has_gone_wrong(self, settling: Settling) -> None:
        """A mistake of ours holds no money, but for what the provider bills if it answered."""
        self._gateway.health.left(settling.ticket)
        if settling.attempt.status == 200:
            settling.owe(AttemptFailed(Failure.GARBLED))
        self._release(settling.reservation)

    def _release(self, reservation: Reservation) -> None:
        """All but what is owed by now."""
        self.owed.kept = self._gateway.books.release(reservation, self.owed.kept_usd)

    def _rests(self, deployment: Deployment) -> None:
        self._outcome.resting.append(self._gateway.health.circuit(deployment))
        self._last_resorts.append(deployment)

    def _is_refused(self, error: GatewayError) -> None:
        """It cannot be told, or paid. What the first cannot cost, a fallback is not asked for."""
        if isinstance(error, Unsupported):
            self._outcome.unsupported = self._outcome.unsupported or error
            return
        self._outcome.refused = self._outcome.refused or error
        if self._outcome.is_refused(left=len(self._left), fallbacks=self._fallbacks):
            raise error
