"""Random look-ups over many customers who ask the same, while their entries are purged."""

import asyncio
from dataclasses import replace

from dataplane.settings import Settings
from tests.bench.cache_lookups import measure

ENTRIES, LOOKUPS, CUSTOMERS = 300, 2_000, 20


def test_no_look_up_finds_an_entry_of_another_customer(database):
    settings = replace(Settings.from_env(), database_url=database)

    _, found = asyncio.run(measure(settings, ENTRIES, LOOKUPS, CUSTOMERS))

    assert found.crossed == 0
    assert found.hits > 0
    assert found.neighbours > 0
