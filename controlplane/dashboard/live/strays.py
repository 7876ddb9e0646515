"""Sockets that ask for a path where none is."""

from channels.generic.websocket import AsyncWebsocketConsumer


class NothingHere(AsyncWebsocketConsumer):
    """Refuses, without an error in the log."""

    async def connect(self) -> None:
        await self.close()
