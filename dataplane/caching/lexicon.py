"""The local embedder and what it knows of words, loaded beside the requests when a key needs it."""

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataplane.caching.judgement.embedder import LocalEmbedder

log = logging.getLogger(__name__)


class Lexicon:
    """Of one process; numpy comes with it."""

    def __init__(self) -> None:
        self._embedder: LocalEmbedder | None = None
        self._loading: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        return self._embedder is not None

    def words(self) -> "LocalEmbedder | None":
        """None until it is there, which the first who asks sees to."""
        if self._embedder is None and self._loading is None:
            self._loading = asyncio.create_task(self.load())
        return self._embedder

    async def load(self) -> None:
        """Beside the event loop."""
        try:
            self._embedder = await asyncio.to_thread(_embedder)
        except Exception:
            log.exception("the embedder could not be loaded; nothing is answered by similarity")


def _embedder() -> "LocalEmbedder":
    from dataplane.caching.judgement.embedder import LocalEmbedder

    return LocalEmbedder()
