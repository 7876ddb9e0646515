"""One call for identical misses: whoever comes second waits for the first one's answer."""

import asyncio
import time

from dataplane.caching.fingerprint import Fingerprint
from dataplane.caching.hits import Hit

WAIT_SECONDS_MAX = 60.0
"""After that a request goes on by itself, and the next ones follow it."""
FLIGHTS_MAX = 10_000


class Flight:
    """A miss that is being answered."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self._landed: asyncio.Future[Hit | None] = asyncio.get_running_loop().create_future()

    def land(self, hit: Hit | None) -> None:
        """None: what came of it serves nobody else."""
        if not self._landed.done():
            self._landed.set_result(hit)

    async def wait(self) -> Hit | None:
        seconds = self.began + WAIT_SECONDS_MAX - time.monotonic()
        done, _ = await asyncio.wait({self._landed}, timeout=max(0.0, seconds))
        return self._landed.result() if done else None


class Flights:
    """The misses of one process that are being answered, by fingerprint."""

    def __init__(self) -> None:
        self._flights: dict[Fingerprint, Flight] = {}

    def find(self, fingerprint: Fingerprint) -> Flight | None:
        flight = self._flights.get(fingerprint)
        if flight is not None and time.monotonic() - flight.began > WAIT_SECONDS_MAX:
            self.land(fingerprint, flight, None)
            return None
        return flight

    def begin(self, fingerprint: Fingerprint) -> Flight:
        if len(self._flights) >= FLIGHTS_MAX:
            oldest = next(iter(self._flights))
            self.land(oldest, self._flights[oldest], None)
        flight = self._flights[fingerprint] = Flight()
        return flight

    def land(self, fingerprint: Fingerprint, flight: Flight, hit: Hit | None) -> None:
        """Once or more often: its end, whichever that is."""
        flight.land(hit)
        if self._flights.get(fingerprint) is flight:
            del self._flights[fingerprint]
