"""The end of a request that reached a provider: priced, booked and counted, once."""

import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing.money import ZERO, format_usd
from billing.tokens import NO_TOKENS, Tokens
from dataplane.access.rate_limits import RateGrant
from dataplane.caching.keeping import Keeping
from dataplane.failures import AttemptFailed, public_code
from dataplane.gateway import Gateway
from dataplane.metering.allowances.reserving import Reservation
from dataplane.metering.booking.flusher import Entry
from dataplane.metering.records import Consumption, consumption, usage_record
from dataplane.metering.worst_case.fitting import FITTED_HEADER
from dataplane.request import Attempt, GatewayRequest
from dataplane.routing import fallback
from dataplane.routing.circuits import Ticket
from dataplane.snapshot.model import Deployment, VirtualKey
from dataplane.upstream.call import OpenStream
from dataplane.upstream.streaming import StreamEnd

IGNORED_HEADER = "x-purser-ignored"
CLIENT_LEFT = "client_disconnected"
CLIENT_CLOSED_STATUS = 499


@dataclass(slots=True)
class Owed:
    """What was consumed before the answer, by attempts that failed and by an embedding model: it is
    booked with the request, however that ends."""

    cost_usd: Decimal | None = None
    """None while nothing that has a price was consumed."""
    tokens: Tokens = NO_TOKENS
    source: str = "none"
    deployment: Deployment | None = None
    """Who consumed it, last."""
    kept: Reservation | None = None
    """The money for it; None before the first attempt."""

    @property
    def kept_usd(self) -> Decimal:
        return self.cost_usd or ZERO

    def add(self, deployment: Deployment, consumed: Consumption) -> None:
        self.deployment = deployment
        self.cost_usd = _sum(self.cost_usd, consumed.cost_usd)
        self.tokens += consumed.tokens + consumed.others
        self.source = consumed.source

    def on_top_of(self, consumed: Consumption) -> Consumption:
        """What the request consumed in all, where its last attempt consumed this."""
        if self.deployment is not None:
            consumed.cost_usd = _sum(self.cost_usd, consumed.cost_usd)
            consumed.others += self.tokens
            if self.source == "estimated":
                consumed.source = self.source
        return consumed


@dataclass(slots=True)
class Admission:
    """A request that may be made: by whom, and what it took of the rate limits."""

    key: VirtualKey
    rate: RateGrant | None
    keeping: Keeping | None = None
    """Where its answer is left for others; None where the cache keeps out of it."""
    owed: Owed = field(default_factory=Owed)


@dataclass(slots=True)
class Settling:
    """The end of one attempt that the client saw something of: booked once, whatever happens."""

    call: GatewayRequest
    admission: Admission
    deployment: Deployment
    reservation: Reservation
    attempt: Attempt
    ticket: Ticket
    owed: Owed
    gateway: Gateway
    is_broken_off: bool = False
    """Another attempt went on with it, or tried to."""

    def headers(self) -> dict[str, str]:
        rate = self.admission.rate
        return {
            "x-purser-provider": self.deployment.provider.id,
            "x-purser-model": self.deployment.name,
            "x-purser-attempts": str(len(self.call.attempts)),
            "x-purser-cache": self.call.cache,
            **(rate.headers if rate else {}),
            **({FITTED_HEADER: str(fitted)} if (fitted := self.call.output_fitted) else {}),
            **({IGNORED_HEADER: ", ".join(self.call.ignored)} if self.call.ignored else {}),
        }

    @property
    def own_usd(self) -> Decimal:
        """What is reserved for this attempt alone."""
        kept = self.owed.kept
        return self.reservation.reserved_usd - (kept.reserved_usd if kept else ZERO)

    def consumption(self, usage: Any, output_bytes: int) -> Consumption:
        """What the attempt used and cost, from what was reported of it."""
        return consumption(self.call, self.deployment, usage, output_bytes, self.own_usd)

    def settle_stream(self, stream: OpenStream, end: StreamEnd) -> Entry:
        if self.is_broken_off:
            return self._settle_broken_off(end)
        code = self._judge(stream, end)
        consumed = self.consumption(stream.reader.usage, stream.reader.output_bytes)
        return self.settle(consumed, code, end.failure or code)

    def break_off(self, stream: OpenStream, end: StreamEnd) -> None:
        """Another attempt goes on with the stream: what this one consumed is owed."""
        self._judge(stream, end)
        self.attempt.error_code = end.failure
        consumed = self.consumption(stream.reader.usage, stream.reader.output_bytes)
        self.note_cost(consumed)
        self.owed.add(self.deployment, consumed)
        self.is_broken_off = True

    def _settle_broken_off(self, end: StreamEnd) -> Entry:
        """Nobody could go on with it."""
        assert self.owed.kept is not None, "what it consumed is kept"
        return settle_request(
            self.call,
            self.admission,
            Consumption(self.owed.tokens, self.owed.source, cost_usd=self.owed.cost_usd),
            self.gateway,
            status=200,
            error_code=public_code(end.failure) if end.failure else CLIENT_LEFT,
            deployment=self.deployment,
            reservation=self.owed.kept,
        )

    def settle(
        self, consumed: Consumption, error_code: str | None, attempt_code: str | None = None
    ) -> Entry:
        """Without a pause, so that nothing can come between the answer and its record."""
        self.attempt.error_code = attempt_code
        self.note_cost(consumed)
        if (keeping := self.admission.keeping) is not None:
            told = (consumed.cost_usd, consumed.tokens)
            keeping.answered(self.deployment, *told, is_good=error_code is None)
        return settle_request(
            self.call,
            self.admission,
            self.owed.on_top_of(consumed),
            self.gateway,
            status=200,
            error_code=error_code,
            deployment=self.deployment,
            reservation=self.reservation,
        )

    def owe(self, failed: AttemptFailed) -> None:
        """The attempt failed after the provider had told, or shown, what it consumed."""
        consumed = self.consumption(failed.usage, failed.output_bytes)
        self.note_cost(consumed)
        self.owed.add(self.deployment, consumed)

    def note_cost(self, consumed: Consumption) -> None:
        telemetry, reserved_usd = self.gateway.telemetry, self.reservation.reserved_usd
        if consumed.is_flagged:
            telemetry.absurd_usage()
        if consumed.cost_usd is not None:
            self.attempt.cost_usd = format_usd(consumed.cost_usd)
            cost_usd = consumed.cost_usd + self.owed.kept_usd
            if self.admission.key.has_hard_budget and cost_usd > reserved_usd:
                telemetry.overrun(cost_usd - reserved_usd)

    def _judge(self, stream: OpenStream, end: StreamEnd) -> str | None:
        """What its end says about the deployment, and what the record says of the end."""
        health = self.gateway.health
        self.attempt.ms = (time.monotonic() - self.ticket.began_at) * 1000
        is_finished = stream.reader.is_finished
        if not is_finished and (self.call.client.is_gone or end.failure is None):
            health.left(self.ticket)
            return CLIENT_LEFT
        if end.failure is None:
            health.ended(self.ticket)
            return None
        health.failed(self.ticket, end.failure, fallback.TABLE[end.failure].blame, None)
        return public_code(end.failure)


def settle_request(
    call: GatewayRequest,
    admission: Admission,
    consumed: Consumption,
    gateway: Gateway,
    *,
    status: int,
    error_code: str | None,
    deployment: Deployment,
    reservation: Reservation,
) -> Entry:
    """Its record is made, its money settled, and what it used of the rate limits is known."""
    record = usage_record(
        call,
        status=status,
        error_code=error_code,
        deployment=deployment,
        consumed=consumed,
        reserved_usd=reservation.reserved_usd,
        windows=reservation.path.windows,
    )
    gateway.telemetry.answered(record)
    call.is_booked = True
    entry = gateway.books.settle(record, reservation, consumed.cost_usd)
    if admission.rate is not None:
        own, others = consumed.tokens, consumed.others
        used = own.input + own.output + others.input + others.output
        gateway.rate_limits.settle(admission.rate, used)
    return entry


async def settle_failed(
    call: GatewayRequest, admission: Admission, owed: Owed, gateway: Gateway, status: int, code: str
) -> None:
    """A request that nobody answered, and that cost something all the same."""
    if owed.deployment is None or owed.kept is None:
        return
    consumed = Consumption(owed.tokens, owed.source, cost_usd=owed.cost_usd)
    entry = settle_request(
        call,
        admission,
        consumed,
        gateway,
        status=status,
        error_code=code,
        deployment=owed.deployment,
        reservation=owed.kept,
    )
    await gateway.books.make_sure(entry)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """What is known of both: a part without a price takes nothing away from the other."""
    return one if other is None else other + (one or ZERO)
