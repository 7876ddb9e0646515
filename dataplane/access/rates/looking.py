"""What is left of a key's rate limits, as the database counts them; looked at, and not taken."""

from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from dataplane.access.rates.refusals import Shortage
from dataplane.access.rates.slot_clock import WINDOW_SLOTS
from dataplane.snapshot.model import RateLimits, VirtualKey

# A slice counts in the last slot that it is good for, as `rate_grant` has it.
COUNTED = """
    WITH clock AS (
        SELECT extract(epoch FROM clock_timestamp())::float8 / %(slot_seconds)s AS moment
    )
    SELECT clock.moment,
           (SELECT coalesce(sum(slots), 0) FROM keys_parallelslot
            WHERE virtual_key_id = %(key)s)::bigint AS parallel,
           (SELECT coalesce(jsonb_agg(
                       jsonb_build_array(slot + %(window)s + 1, requests, tokens) ORDER BY slot
                   ), '[]')
            FROM keys_rateslot
            WHERE virtual_key_id = %(key)s AND slot >= floor(clock.moment) - %(window)s) AS leaving
    FROM clock
"""


@dataclass(frozen=True, slots=True)
class RatesNow:
    """What counts against a key's limits now: slices that are held ready count, too."""

    limits: RateLimits
    requests: int = 0
    tokens: int = 0
    parallel: int = 0
    moment: float = 0.0
    """The database's time, in slots."""
    leaving: tuple[tuple[int, int, int], ...] = ()
    """When what counts will not any more, in order: slot, requests and tokens."""

    def shortage(self) -> Shortage:
        """Of what a minute holds. How many calls are under way, only the processes know."""
        limits = self.limits
        return Shortage(
            is_parallel=False,
            requests=_left(limits.requests_per_minute, self.requests, 1),
            tokens=_left(limits.tokens_per_minute, self.tokens, 2**62),
            leaving=self.leaving,
        )


def left(limit: int | None, counted: int) -> int | None:
    """What is left of a limit; None where there is none."""
    return None if limit is None else max(0, limit - counted)


async def look(
    connection: AsyncConnection[DictRow], key: VirtualKey, slot_seconds: float
) -> RatesNow:
    """Of a key without limits nothing is asked."""
    limits = key.rate_limits
    if not limits.any:
        return RatesNow(limits)
    asked = {"key": key.id, "slot_seconds": slot_seconds, "window": WINDOW_SLOTS}
    row = await (await connection.execute(COUNTED, asked)).fetchone()
    assert row is not None, "the clock has a row"
    leaving = tuple(tuple(each) for each in row["leaving"])
    requests, tokens = (sum(each[place] for each in leaving) for place in (1, 2))
    return RatesNow(limits, requests, tokens, row["parallel"], row["moment"], leaving)


def _left(limit: int | None, counted: int, unlimited: int) -> int:
    return unlimited if limit is None else max(0, limit - counted)
