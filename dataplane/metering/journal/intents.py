"""What is on record before a call is made upstream, for the case that nobody lives to settle it.

The provider may have billed such a call, and no one is left who knows how much. So it is booked at
all that it had reserved, marked as an estimate.
"""

from datetime import datetime
from typing import Any

import msgspec

from billing.money import format_usd
from dataplane.metering.allowances.reserving import Reservation
from dataplane.metering.worst_case.estimate import input_tokens_guessed
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment

LOST_STATUS = 502
LOST_CODE = "worker_lost"


class Intent(msgspec.Struct, array_like=True):
    """One call about to be made, in as few bytes as will do."""

    request_id: str
    at: datetime
    customer_id: str | None
    team_id: str | None
    virtual_key_id: str | None
    metadata: dict[str, Any]
    endpoint: str
    model_requested: str | None
    provider: str
    model: str
    streamed: bool
    windows: msgspec.Raw
    reserved_usd: str
    is_priced: bool
    input_tokens: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Intent).decode


def intent(
    call: GatewayRequest, deployment: Deployment, reservation: Reservation, is_priced: bool
) -> bytes:
    """The content of the journal's intent frame."""
    key = call.key
    return _encode(
        Intent(
            call.id,
            call.at,
            key.customer if key else None,
            key.team if key else None,
            key.id if key else None,
            {**key.metadata, **call.metadata} if key else {},
            call.endpoint.value,
            call.model_requested,
            deployment.provider.id,
            deployment.name,
            call.streamed,
            reservation.path.windows,
            format_usd(reservation.reserved_usd),
            is_priced,
            input_tokens_guessed(call),
        )
    )


def lost_record(text: bytes) -> bytes:
    """The usage record of a call that nobody settled."""
    lost = _decode(text)
    attempt = {
        "provider": lost.provider,
        "model": lost.model,
        "status": None,
        "error_code": LOST_CODE,
        "ms": 0.0,
        "cost_usd": lost.reserved_usd if lost.is_priced else None,
    }
    fields = msgspec.structs.asdict(lost)
    del fields["is_priced"]
    record = {
        **fields,
        "status": LOST_STATUS,
        "error_code": LOST_CODE,
        "cache": "off",
        "cached_input_tokens": 0,
        "cache_write_tokens": 0,
        "output_tokens": 0,
        "reasoning_tokens": 0,
        "token_details": {},
        "usage_source": "estimated",
        "service_tier": "standard",
        "cost_usd": lost.reserved_usd if lost.is_priced else None,
        "saved_usd": "0",
        "attempts": [attempt],
        "total_ms": 0.0,
        "gateway_ms": 0.0,
    }
    return _encode(record)
