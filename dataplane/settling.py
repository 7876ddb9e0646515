"""The end of an attempt that the client saw something of: priced, booked and counted, once."""

from dataclasses import dataclass
from typing import Any

from billing.money import format_usd
from dataplane.access.rate_limits import RateGrant
from dataplane.gateway import Gateway
from dataplane.metering.allowances.reserving import Reservation
from dataplane.metering.booking.flusher import Entry
from dataplane.metering.records import Consumption, consumption, usage_record
from dataplane.metering.worst_case.fitting import FITTED_HEADER
from dataplane.request import Attempt, GatewayRequest
from dataplane.snapshot.model import Deployment, VirtualKey
from dataplane.upstream.call import OpenStream
from dataplane.upstream.streaming import StreamEnd

IGNORED_HEADER = "x-purser-ignored"
CLIENT_LEFT = "client_disconnected"


@dataclass(slots=True)
class Settling:
    """The end of one attempt that the client saw something of: booked once, whatever happens."""

    call: GatewayRequest
    key: VirtualKey
    rate: RateGrant | None
    deployment: Deployment
    reservation: Reservation
    attempt: Attempt
    gateway: Gateway

    def headers(self) -> dict[str, str]:
        return {
            "x-purser-provider": self.deployment.provider.id,
            "x-purser-model": self.deployment.name,
            "x-purser-attempts": str(len(self.call.attempts)),
            "x-purser-cache": "off",
            **(self.rate.headers if self.rate else {}),
            **({FITTED_HEADER: str(fitted)} if (fitted := self.call.output_fitted) else {}),
            **({IGNORED_HEADER: ", ".join(self.call.ignored)} if self.call.ignored else {}),
        }

    def consumption(self, usage: Any, output_bytes: int) -> Consumption:
        """What the call used and cost, from what was reported of it."""
        reserved_usd = self.reservation.reserved_usd
        return consumption(self.call, self.deployment, usage, output_bytes, reserved_usd)

    def settle_stream(self, stream: OpenStream, end: StreamEnd) -> Entry:
        reader = stream.reader
        self.attempt.ms += self.call.elapsed_ms - (self.call.ttft_ms or 0.0)
        consumed = self.consumption(reader.usage, reader.output_bytes)
        if not reader.is_finished and (self.call.client.is_gone or end.error_code is None):
            end.error_code = CLIENT_LEFT
        return self.settle(consumed, end.error_code)

    def settle(self, consumed: Consumption, error_code: str | None) -> Entry:
        """Without a pause, so that nothing can come between the answer and its record."""
        gateway, reservation = self.gateway, self.reservation
        self.attempt.error_code = error_code
        if consumed.is_flagged:
            gateway.telemetry.absurd_usage()
        if consumed.cost_usd is not None:
            self.attempt.cost_usd = format_usd(consumed.cost_usd)
            if self.key.has_hard_budget and consumed.cost_usd > reservation.reserved_usd:
                gateway.telemetry.overrun(consumed.cost_usd - reservation.reserved_usd)
        record = usage_record(
            self.call,
            status=200,
            error_code=error_code,
            deployment=self.deployment,
            consumed=consumed,
            reserved_usd=reservation.reserved_usd,
            windows=reservation.path.windows,
        )
        gateway.telemetry.answered(record)
        entry = gateway.books.settle(record, reservation, consumed.cost_usd)
        if self.rate is not None:
            used = consumed.tokens.input + consumed.tokens.output
            gateway.rate_limits.settle(self.rate, used)
        return entry
