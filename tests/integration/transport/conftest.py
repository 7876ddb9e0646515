"""The transport against servers of every kind, on both event loops it may meet."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import uvloop

from dataplane.upstream.transport.pool import Limits
from dataplane.upstream.transport.transport import LeanTransport
from tests.fakes.raw_server import Behaviour, RawServer, raw_server

Serve = Callable[..., Any]
Open = Callable[..., LeanTransport]
LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.SelectorEventLoop}


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Any:
    return LOOPS


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers that behave as told; all are stopped after the test."""
    async with AsyncExitStack() as stack:

        async def start(behaviour: Behaviour, context: ssl.SSLContext | None = None) -> RawServer:
            return await stack.enter_async_context(raw_server(behaviour, context))

        yield start


@pytest.fixture
async def open_transport() -> AsyncIterator[Open]:
    """Opens transports with limits of a test's own; all are closed after it."""
    transports: list[LeanTransport] = []

    def start(context: ssl.SSLContext | None = None, **limits: Any) -> LeanTransport:
        transports.append(LeanTransport(Limits(**limits), context))
        return transports[-1]

    yield start
    for transport in transports:
        await transport.aclose()


@pytest.fixture
async def transport(open_transport: Open) -> LeanTransport:
    return open_transport()
