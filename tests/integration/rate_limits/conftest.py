"""Rate limiters as several processes have them, on one real database and with short windows."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.limiters import LimiterProcess

Start = Callable[..., Awaitable[LimiterProcess]]


@pytest.fixture
async def start(database: str) -> AsyncIterator[Start]:
    """Starts limiters; those that still run are stopped after the test."""
    limiters: list[LimiterProcess] = []

    async def start_one(**settings: float) -> LimiterProcess:
        limiter = LimiterProcess(database, f"process-{len(limiters)}", **settings)
        limiters.append(limiter)
        await limiter.start()
        return limiter

    yield start_one
    for limiter in limiters:
        await limiter.stop()
