"""The load generator: HTTP/1.1 on asyncio protocols, closed and open loop, every answer checked."""
