"""Fetching by URL: only from addresses of the public internet, bounded in every way.

The name is resolved here, every address it has must be public, and the connection is made to the
very address that was looked at: a name server that changes its mind in between gains nothing. The
certificate is still the name's. Proxies of the environment are not asked.
"""

import asyncio
import base64
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from dataplane.contract.addresses import Address, is_public
from dataplane.conversation.parts import Media, ToolResult
from dataplane.conversation.request import Conversation
from dataplane.media.addresses import Resolve, resolve
from dataplane.media.kinds import may_be_wanted, media_type_of
from dataplane.media.rules import MediaRules, UrlRefused
from dataplane.providers.base import Untranslatable
from dataplane.upstream.transport.origin import Origin
from dataplane.upstream.transport.pool import Limits
from dataplane.upstream.transport.transport import LeanTransport

REDIRECTS_MAX = 3
AT_ONCE_FOR_ONE = 4
REDIRECTS = frozenset({301, 302, 303, 307, 308})
IDLE_SECONDS = 5.0
HEADERS = httpx.Headers({"accept": "image/*, application/pdf", "accept-encoding": "identity"})
# One sentence for names that are unknown, lead inside, or do not answer: what is behind an
# internal address is nobody's business.
UNREACHABLE = "it could not be fetched from a public address"
WRONG_TYPE = "it is no PNG, JPEG, GIF, WebP or PDF"


class MediaNotFetched(Untranslatable):
    """What an address points at cannot be had; a provider that fetches by itself may have it."""

    code = "media_not_fetched"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file: its kind, told from its bytes, and the bytes in base64."""

    media_type: str
    data: str
    size: int
    """In bytes, before base64."""


class MediaFetcher:
    """Made once a process. `resolve` and `is_reachable` say what a name means, and what of it may
    be called."""

    def __init__(
        self,
        rules: MediaRules,
        *,
        resolve: Resolve = resolve,
        is_reachable: Callable[[Address], bool] = is_public,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._is_reachable = is_reachable
        self._context = context
        self._room = asyncio.Semaphore(rules.at_once_max)
        self._opened: LeanTransport | None = None

    async def fill_in(self, conversation: Conversation) -> None:
        """Puts the content in place of every http address. Raises `MediaNotFetched`."""
        pointed_at = _pointed_at(conversation)
        if len(pointed_at) > self._rules.files_max:
            why = f"at most {self._rules.files_max} files are fetched for one request"
            raise MediaNotFetched(pointed_at[self._rules.files_max].path, why)
        own_room, until = asyncio.Semaphore(AT_ONCE_FOR_ONE), self._latest()
        tasks = [
            asyncio.create_task(self._fetch(media.url or "", media.path, until, own_room))
            for media in pointed_at
        ]
        try:
            await self._put(tasks, pointed_at)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def fetch(self, url: str, *, path: str) -> Fetched:
        """An image or a PDF. Raises `MediaNotFetched`, which names the `path` and says why."""
        return await self._fetch(url, path, self._latest(), asyncio.Semaphore())

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()

    async def _put(self, tasks: "list[asyncio.Task[Fetched]]", pointed_at: list[Media]) -> None:
        size, size_max = 0, self._rules.bytes_max_together
        for task, media in zip(tasks, pointed_at, strict=True):
            fetched = await task
            size += fetched.size
            if size > size_max:
                raise MediaNotFetched(media.path, f"its files have more than {size_max} bytes")
            media.data, media.media_type, media.url = fetched.data, fetched.media_type, None

    async def _fetch(
        self, url: str, path: str, until: float, own_room: asyncio.Semaphore
    ) -> Fetched:
        try:
            async with asyncio.timeout_at(until), own_room, self._room:
                return _checked(await self._follow(url))
        except UrlRefused as refused:
            raise MediaNotFetched(path, str(refused)) from refused
        except TimeoutError as error:
            why = f"it did not arrive within {self._rules.seconds_max:g} seconds"
            raise MediaNotFetched(path, why) from error
        except (httpx.TransportError, httpx.StreamError) as error:
            raise MediaNotFetched(path, UNREACHABLE) from error

    async def _follow(self, text: str) -> bytes:
        """The file, from where redirects lead; each is looked at as the first address was."""
        url = self._rules.check(text)
        for _ in range(1 + REDIRECTS_MAX):
            response = await self._transport.handle_async_request(_get(url))
            try:
                target = response.headers.get("location")
                if response.status_code not in REDIRECTS or target is None:
                    return await self._read(response)
            finally:
                await response.aclose()
            url = self._rules.check_redirect(url, target)
        raise UrlRefused(f"it redirects more than {REDIRECTS_MAX} times")

    async def _read(self, response: httpx.Response) -> bytes:
        if response.status_code != httpx.codes.OK:
            raise UrlRefused(f"its server answered {response.status_code}")
        if not may_be_wanted(response.headers.get("content-type", "")):
            raise UrlRefused(WRONG_TYPE)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        data = bytearray()
        async for piece in response.stream:
            data += piece
            if len(data) > self._rules.bytes_max:
                raise UrlRefused(f"it has more than {self._rules.bytes_max} bytes")
        return bytes(data)

    async def _locate(self, origin: Origin) -> str:
        """Where to connect to; if a name has one address that is not public, nowhere."""
        found = await self._resolve(origin.host, origin.port)
        if not found or not all(self._is_reachable(address) for address in found):
            raise UrlRefused(UNREACHABLE)
        return str(found[0])

    def _latest(self) -> float:
        return asyncio.get_running_loop().time() + self._rules.seconds_max

    @property
    def _transport(self) -> LeanTransport:
        """Opened when the loop is there, which is later than this object."""
        if self._opened is None:
            seconds, most = self._rules.seconds_max, self._rules.at_once_max
            limits = Limits(most, most, most, seconds, seconds, IDLE_SECONDS)
            self._opened = LeanTransport(limits, self._context, self._locate)
        return self._opened


def _get(url: httpx.URL) -> httpx.Request:
    return httpx.Request("GET", url, headers=HEADERS)


def _checked(data: bytes) -> Fetched:
    media_type = media_type_of(data)
    if media_type is None:
        raise UrlRefused(WRONG_TYPE)
    return Fetched(media_type, base64.b64encode(data).decode("ascii"), len(data))


def _pointed_at(conversation: Conversation) -> list[Media]:
    """What has to be fetched; addresses of other schemes are a provider's own business."""
    parts = [part for message in conversation.messages for part in message.parts]
    parts += [inner for part in parts if isinstance(part, ToolResult) for inner in part.content]
    return [part for part in parts if isinstance(part, Media) and _is_web(part.url)]


def _is_web(url: str | None) -> bool:
    return url is not None and url[:8].lower().startswith(("http://", "https://"))
