"""The books of one process: what calls go through to be paid for and put on record.

Nothing here waits for the database on the ordinary path. Before a call goes upstream its money is
reserved from an allowance and its intent is in the journal; before the last byte of its answer
leaves, its record is. The tasks of `work` do the rest.
"""

import asyncio
import logging
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import msgspec

from billing.money import ZERO
from dataplane.database import DATABASE_GONE, Database
from dataplane.errors import Unavailable
from dataplane.metering.allowances import slices
from dataplane.metering.allowances.drawer import Drawer
from dataplane.metering.allowances.process import Process
from dataplane.metering.allowances.reserving import Allowances, Reservation
from dataplane.metering.booking.flusher import Entry, Flusher
from dataplane.metering.booking.successor import Successor
from dataplane.metering.journal.intents import intent
from dataplane.metering.journal.writer import Journal, JournalFull
from dataplane.metering.verdict import watch_verdicts
from dataplane.request import GatewayRequest
from dataplane.settings import REFUSE_ALL, SERVE, Settings
from dataplane.snapshot.model import Deployment, VirtualKey
from dataplane.telemetry import Telemetry

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode


class Books:
    """Reserves, settles and records; made inside a running event loop."""

    def __init__(
        self, database: Database, process: Process, telemetry: Telemetry, settings: Settings
    ) -> None:
        flushing = asyncio.Lock()
        self._settings = settings
        self._telemetry = telemetry
        self._database = database
        self._process = process
        self._drawer = Drawer(
            database, process, wait_seconds=settings.reserve_wait_seconds, flushing=flushing
        )
        self._allowances = Allowances(self._drawer, process, telemetry.budget_used)
        self._journal = Journal(settings.journal_dir, process.id, settings.journal_segment_bytes)
        self._flusher = Flusher(
            database,
            process,
            self._journal,
            telemetry,
            flushed=self._allowances.flushed,
            flushing=flushing,
            interval_seconds=settings.flush_interval_seconds,
        )
        self._successor = Successor(
            database,
            settings.journal_dir,
            telemetry,
            lease_seconds=settings.process_lease_seconds,
        )

    @property
    def work(self) -> list[Coroutine[Any, Any, None]]:
        """The background tasks, each to run until cancelled."""
        return [
            self._drawer.run(),
            self._flusher.run(),
            self._journal.sync(self._settings.journal_fsync_seconds),
            self._successor.run(),
            self._process.run(self._database),
            watch_verdicts(self._database, self._telemetry),
        ]

    @property
    def is_full(self) -> bool:
        """So far behind that no more calls may be made until the database is back."""
        return self.pending >= self._settings.pending_records_max

    @property
    def pending(self) -> int:
        """Records that are not in the books yet."""
        return self._flusher.pending

    def recall(self, balance_id: int) -> None:
        """Another process comes short of a balance that this one may hold idle."""
        self._drawer.recall(balance_id)

    async def reserve(
        self,
        call: GatewayRequest,
        key: VirtualKey,
        deployment: Deployment,
        amount: Decimal | None,
        kept: Reservation | None = None,
    ) -> Reservation:
        """Sets the amount aside and puts the intent on record. None: the model has no price.

        `kept` is what earlier attempts of the request consumed; the reservation includes it.
        Raises `BudgetExceeded`, or `Unavailable` when there is no ledger to ask.
        """
        path = kept.path if kept else self._allowances.path(key, call.at)
        own = await self._allowances.reserve(path, amount or ZERO)
        reservation = own.plus(kept.reserved_usd) if kept else own
        try:
            self._journal.intend(
                call.id, intent(call, deployment, reservation, is_priced=amount is not None)
            )
        except JournalFull as full:
            self._telemetry.journal_full()
            policy = self._settings.journal_full_policy
            if policy == REFUSE_ALL or (path.allowances and policy != SERVE):
                self._allowances.release(own)
                raise Unavailable.ledger() from full
        return reservation

    def release(self, reservation: Reservation, keep_usd: Decimal = ZERO) -> Reservation:
        """The attempt failed: gives back all but what was consumed so far, and answers that.

        Its intent stays until the request is on record.
        """
        kept = min(keep_usd, reservation.reserved_usd)
        self._allowances.release(reservation.plus(-kept))
        return Reservation(kept, reservation.path)

    def settle(
        self, record: dict[str, Any], reservation: Reservation, cost_usd: Decimal | None
    ) -> Entry:
        """An answered call: its money is spent, and it is on record."""
        self._allowances.settle(reservation, cost_usd or ZERO)
        return self._put_down(record, cost_usd or ZERO, reservation)

    def record(self, record: dict[str, Any]) -> Entry:
        """A request that cost nothing."""
        return self._put_down(record, ZERO, None)

    async def make_sure(self, entry: Entry) -> None:
        """Before the last byte leaves: where the journal took no record, the database must."""
        if entry.segment is None:
            await self._flusher.wait_for(entry, self._settings.settle_wait_seconds)

    async def close(self, seconds: float) -> None:
        """Books what is left and gives everything back; what cannot be is left to a successor."""
        is_drained = await self._flusher.drain(seconds)
        try:
            if is_drained and not self._journal.is_pending and self._process.generation:
                async with self._database.connection() as connection:
                    await slices.release_process(connection, self._process.id)
        except DATABASE_GONE:
            log.warning("allowances stay drawn until the lease of this process ends")

    def leave(self) -> None:
        """The last thing: nothing is written after this."""
        self._journal.close()

    def _put_down(
        self, record: dict[str, Any], cost_usd: Decimal, reservation: Reservation | None
    ) -> Entry:
        text = _encode(record)
        request_id = record["request_id"]
        try:
            segment = self._journal.record(request_id, text)
        except JournalFull:
            self._telemetry.journal_full()
            segment = None
        allowances = reservation.path.allowances if reservation else ()
        entry = Entry(request_id, text, cost_usd, allowances, segment)
        self._flusher.add(entry)
        return entry
