"""How often hits by similarity are wrong, by customer and namespace, for the metrics."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import psycopg

from dataplane.caching.judgement.evidence import TARGET_DEFAULT
from dataplane.caching.judgement.standing import Counted, Rate, Standing
from dataplane.database import DATABASE_GONE, Database

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
SHOWN_MAX = 200
"""Those with the most labels; a metric has a bounded number of series."""

LABELS = """
    SELECT learned.customer_id, learned.virtual_key_id, learned.embedder, learned.namespace,
           learned.bin, learned.labels, learned.wrong, key.cache_threshold, key.cache_target_error
    FROM caching_cacheevidence learned
    JOIN keys_virtualkey key ON key.id = learned.virtual_key_id
    WHERE key.cache_mode IN ('semantic', 'shadow') AND learned.labels > 0
    ORDER BY learned.updated_at DESC LIMIT 20000
"""

Show = Callable[[Mapping[tuple[str, str, str], float]], None]
"""Told of ratios by customer, namespace and bound: `measured`, `lower`, `upper`."""


async def watch_rates(database: Database, show: Show) -> None:
    """Looks now and then, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            async with database.connection() as connection:
                rows = await (await connection.execute(LABELS)).fetchall()
            show(_ratios(rates_of(rows)))
        except (*DATABASE_GONE, psycopg.Error):
            log.debug("how often the cache is wrong cannot be read now")


def rates_of(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Rate]:
    """Of what is served: keys that have proven nothing are not in it."""
    owners: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        owners[row["customer_id"], row["virtual_key_id"], row["embedder"]].append(row)
    found: dict[tuple[str, str], Rate] = {}
    for (customer, *_), of_key in owners.items():
        standing = _standing(of_key)
        if standing.threshold is None:
            continue
        for namespace in standing.namespaces:
            rate, place = standing.rate(namespace), (customer, namespace)
            before = found.get(place, Rate())
            found[place] = Rate(before.labels + rate.labels, before.wrong + rate.wrong)
    most = sorted(found, key=lambda place: -found[place].labels)[:SHOWN_MAX]
    return {place: found[place] for place in most if found[place].labels}


def _ratios(rates: Mapping[tuple[str, str], Rate]) -> dict[tuple[str, str, str], float]:
    found: dict[tuple[str, str, str], float] = {}
    for place, rate in rates.items():
        bounds = {"measured": rate.share or 0.0, "lower": rate.lower, "upper": rate.upper}
        found |= {(*place, name): ratio for name, ratio in bounds.items()}
    return found


def _standing(rows: list[Mapping[str, Any]]) -> Standing:
    own, target = rows[0]["cache_threshold"], rows[0]["cache_target_error"]
    counts = [Counted(row["namespace"], row["bin"], row["labels"], row["wrong"]) for row in rows]
    return Standing.of(counts, float(target or TARGET_DEFAULT), None if own is None else float(own))
