"""An embedding model asked for the cache: a call like any other, in the books of its request.

Its money is reserved and its cost is owed by the request it is made for, whatever comes of that. It
is bounded by `PURSER_CACHE_EMBED_SECONDS`; whatever goes wrong is a miss.
"""

import logging
from decimal import Decimal
from typing import Any

import msgspec

from billing.money import ZERO
from dataplane.caching.asked import Embedded
from dataplane.errors import GatewayError
from dataplane.failures import AttemptFailed, Failure
from dataplane.gateway import Gateway
from dataplane.metering.records import consumption
from dataplane.providers.base import WireFormat
from dataplane.request import Endpoint, GatewayRequest
from dataplane.reserving import reserve
from dataplane.routing import fallback
from dataplane.settling import Admission
from dataplane.snapshot.model import Deployment
from dataplane.snapshot.resolve import resolve
from dataplane.upstream.deadline import Deadline

log = logging.getLogger(__name__)

_encode = msgspec.json.encode


class _Answer(msgspec.Struct):
    data: list["_Item"]


class _Item(msgspec.Struct):
    embedding: list[float]


_decode = msgspec.json.Decoder(_Answer).decode


class ForTheCache:
    """One request's embedding."""

    def __init__(
        self, call: GatewayRequest, admission: Admission, model: str, gateway: Gateway
    ) -> None:
        self._call = call
        self._admission = admission
        self._model = model
        self._gateway = gateway

    async def embed(self, text: str) -> Embedded | None:
        """Raises nothing but what ends the request itself."""
        found = resolve(self._gateway.catalog, self._model, ())
        if not found or not self._gateway.health.is_well(found[0]):
            return None
        asked = self._asked(text)
        try:
            return await self._embedded(asked, found[0])
        except (GatewayError, AttemptFailed) as error:
            log.warning("embedder %s gave no vector: %s", self._model, type(error).__name__)
            return None
        finally:
            asked.alarm.off()

    def _asked(self, text: str) -> GatewayRequest:
        """The embedding's own request; its id is that of the request it belongs to."""
        call = self._call
        asked = GatewayRequest.new(Endpoint.EMBEDDINGS, {}, call.client, call.at)
        asked.id, asked.key = call.id, call.key
        asked.body = _encode({"model": self._model, "input": text})
        asked.parse()
        return asked

    async def _embedded(self, asked: GatewayRequest, deployment: Deployment) -> Embedded | None:
        gateway, owed = self._gateway, self._admission.owed
        wire = gateway.wire_formats.find(Endpoint.EMBEDDINGS, deployment)
        money = (self._admission.key, deployment, gateway.books, gateway.settings, owed.kept)
        reservation = await reserve(asked, *money)
        try:
            return await self._asked_of(asked, deployment, wire)
        finally:
            owed.kept = gateway.books.release(reservation, owed.kept_usd)
            self._call.upstream_ms += asked.upstream_ms

    async def _asked_of(
        self, asked: GatewayRequest, deployment: Deployment, wire: WireFormat
    ) -> Embedded | None:
        """Its circuit hears of it as of any call."""
        gateway = self._gateway
        ticket = gateway.health.enter(deployment, streamed=False, anyhow=False)
        if ticket is None:
            return None
        deadline = Deadline(asked.alarm, gateway.settings.cache_embed_seconds)
        attempt = asked.start_attempt(deployment)
        try:
            whole = await gateway.caller.fetch(asked, deployment, wire, attempt, deadline)
        except AttemptFailed as failed:
            failure = Failure.FIRST_BYTE_TIMEOUT if failed.timed_out else failed.failure
            blame = fallback.TABLE[failure].blame
            gateway.health.failed(ticket, failure, blame, failed.retry_after_seconds)
            if failed.timed_out or failed.usage is not None:
                return Embedded(self._model, (), self._owe(asked, deployment, failed.usage))
            raise
        except BaseException:
            gateway.health.left(ticket)
            raise
        gateway.health.answered(ticket, is_whole=True)
        cost_usd = self._owe(asked, deployment, whole.usage)
        return Embedded(_name(deployment), _vector(whole.body), cost_usd)

    def _owe(self, asked: GatewayRequest, deployment: Deployment, usage: Any) -> Decimal:
        """What it cost, which the request owes from now on; estimated where nothing is reported."""
        consumed = consumption(asked, deployment, usage, 0)
        self._admission.owed.add(deployment, consumed)
        return consumed.cost_usd or ZERO


def _name(deployment: Deployment) -> str:
    """Of whoever makes the vectors: a model that is pointed elsewhere makes others."""
    return f"{deployment.id} {deployment.upstream_model}"


def _vector(body: bytes) -> list[float]:
    """Empty where there is none."""
    try:
        return _decode(body).data[0].embedding
    except (msgspec.DecodeError, UnicodeError, IndexError):
        return []
