"""Fetching by URL from real servers, friendly and not."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from dataplane.contract.addresses import Address, is_public
from dataplane.conversation.parts import Media, Text, ToolResult
from dataplane.conversation.request import Conversation, Message
from dataplane.media.fetcher import MediaFetcher, MediaNotFetched
from dataplane.media.rules import MediaRules
from dataplane.upstream.transport.tls import trust
from tests.fakes.raw_server import Peer, RawServer, raw_server
from tests.integration.transport.test_tls import Authority

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PDF = b"%PDF-1.7\n..."
PATH = "messages[0].content[1]"


def answering(body: bytes = PNG, status: str = "200 OK", **headers: str) -> Any:
    """A server that gives the same answer to everything."""
    fields = {"content-type": "image/png", "content-length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    answer = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body

    async def behave(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(answer)

    return behave


@asynccontextmanager
async def fetching(
    behaviour: Any = None,
    *,
    resolve: Any = None,
    is_reachable: Callable[[Address], bool] = lambda address: address.is_loopback,
    **rules: Any,
) -> AsyncIterator[tuple[MediaFetcher, RawServer]]:
    """A fetcher for which `pictures.example` is a server of the test's own, on loopback."""

    async def loopback(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.1")]

    async with raw_server(behaviour or answering()) as server:
        named = MediaRules(
            hosts_allowed=(f"pictures.example:{server.port}",), http_allowed=True, **rules
        )
        fetcher = MediaFetcher(named, resolve=resolve or loopback, is_reachable=is_reachable)
        try:
            yield fetcher, server
        finally:
            await fetcher.aclose()


def at(server: RawServer, path: str = "/a.png") -> str:
    return f"http://pictures.example:{server.port}{path}"


async def why_not(fetcher: MediaFetcher, url: str) -> str:
    with pytest.raises(MediaNotFetched) as caught:
        await fetcher.fetch(url, path=PATH)
    assert caught.value.field == PATH
    assert caught.value.code == "media_not_fetched"
    return caught.value.why


async def test_an_image_is_fetched_with_nothing_of_ours_in_the_request():
    async with fetching() as (fetcher, server):
        fetched = await fetcher.fetch(at(server, "/a.png?size=1#part"), path=PATH)

        assert (fetched.media_type, fetched.size) == ("image/png", len(PNG))
        assert base64.b64decode(fetched.data) == PNG
        assert server.asked[0].line == "GET /a.png?size=1 HTTP/1.1"
        assert server.asked[0].header("host") == f"pictures.example:{server.port}"
        assert {name for name, _ in server.asked[0].headers} == {
            "host",
            "accept",
            "accept-encoding",
        }


async def test_a_pdf_is_fetched_though_its_server_does_not_say_what_it_is():
    async with fetching(answering(PDF, content_type="binary/octet-stream")) as (fetcher, server):
        assert (await fetcher.fetch(at(server), path=PATH)).media_type == "application/pdf"


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (answering(b"<html>", content_type="text/html"), "no PNG, JPEG"),
        (answering(b'{"secret": 1}', content_type="image/png"), "no PNG, JPEG"),
        (answering(b"", status="404 Not Found"), "answered 404"),
        (answering(b"", status="206 Partial Content"), "answered 206"),
        (answering(b"", status="302 Found"), "answered 302"),
        (answering(PNG * 5), "more than 1000 bytes"),
        (answering(PNG, content_length="x"), "could not be fetched"),
        (answering(PNG, content_encoding="gzip"), None),
    ],
)
async def test_an_answer_that_is_no_file_of_the_right_kind_is_refused(behaviour: Any, why: Any):
    async with fetching(behaviour, bytes_max=1000) as (fetcher, server):
        if why is None:
            assert await fetcher.fetch(at(server), path=PATH)
        else:
            assert why in await why_not(fetcher, at(server))


async def test_a_name_that_leads_inside_is_never_called():
    async with fetching(is_reachable=is_public) as (fetcher, server):
        inside = await why_not(fetcher, at(server))

        assert not server.peers
    async with fetching(resolve=unknown) as (fetcher, server):
        assert await why_not(fetcher, at(server)) == inside, "nor is it told from an unknown one"


async def unknown(host: str, port: int) -> list[Address]:
    raise OSError("no such name")


async def test_one_address_inside_spoils_the_whole_name():
    async def both(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.1"), ip_address("10.0.0.1")]

    async with fetching(resolve=both) as (fetcher, server):
        assert "public address" in await why_not(fetcher, at(server))
        assert not server.peers


async def test_the_connection_goes_to_the_very_address_that_was_looked_at():
    answers = iter([[ip_address("127.0.0.1")], [ip_address("10.0.0.1")]])

    async def changing(host: str, port: int) -> list[Address]:
        return next(answers)

    async with fetching(resolve=changing) as (fetcher, server):
        assert await fetcher.fetch(at(server), path=PATH)
        assert next(answers), "the name was looked up once"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0x7f.1", "2130706433", "[::1]", "0"])
async def test_loopback_is_refused_under_each_of_its_names(host: str):
    async with raw_server(answering()) as server:
        rules = MediaRules((f"{host.strip('[]')}:{server.port}",), http_allowed=True)
        fetcher = MediaFetcher(rules)

        assert "public address" in await why_not(fetcher, f"http://{host}:{server.port}/a.png")
        assert not server.peers


async def test_redirects_are_followed_and_each_is_looked_at_anew():
    async def behave(peer: Peer) -> None:
        while True:
            line = (await peer.request()).line
            target = {"/1": "/2", "/2": "3", "/3": "/a.png"}.get(line.split()[1])
            if target is None:
                await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(PNG) + PNG)
            else:
                head = f"HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"
                await peer.send(head.encode())

    async with fetching(behave) as (fetcher, server):
        assert (await fetcher.fetch(at(server, "/1"), path=PATH)).media_type == "image/png"
        assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("/a.png", "more than 3 times"),
        ("http://169.254.169.254/latest/meta-data", "not on the list"),
        ("https://pictures.example/", "not on the list"),
        ("file:///etc/passwd", "no address"),
        ("http://x:y/", "no address"),
    ],
)
async def test_a_redirect_that_leads_astray_is_not_followed(target: str, why: str):
    async with fetching(answering(b"", "302 Found", location=target)) as (fetcher, server):
        assert why in await why_not(fetcher, at(server))


async def test_a_server_that_takes_its_time_is_given_up():
    async def dawdle(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n" + PNG)
        await peer.gone()

    async with fetching(dawdle, seconds_max=0.1) as (fetcher, server):
        assert "within 0.1 seconds" in await why_not(fetcher, at(server))
        await server.all_left()


async def test_an_answer_without_end_is_cut_at_the_limit():
    async def flood(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n" + PNG)
        while True:
            await peer.send(b"x" * 65536)

    async with fetching(flood, bytes_max=1_000_000) as (fetcher, server):
        assert "more than 1000000 bytes" in await why_not(fetcher, at(server))
        await server.all_left()


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with fetching() as (fetcher, server):
        assert await fetcher.fetch(at(server), path=PATH)


async def test_the_certificate_is_the_names_though_the_address_is_called(tmp_path: Path):
    authority = Authority(tmp_path)
    async with AsyncExitStack() as stack:
        for name, fits in (("pictures.example", True), ("other.example", False)):
            server = await stack.enter_async_context(
                raw_server(answering(), authority.server(name))
            )
            fetcher = secure_fetcher(server, authority)
            url = f"https://pictures.example:{server.port}/a.png"
            if fits:
                assert await fetcher.fetch(url, path=PATH)
            else:
                assert "could not be fetched" in await why_not(fetcher, url)
            await fetcher.aclose()


def secure_fetcher(server: RawServer, authority: Authority) -> MediaFetcher:
    async def loopback(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.1")]

    return MediaFetcher(
        MediaRules((f"pictures.example:{server.port}",)),
        resolve=loopback,
        is_reachable=lambda address: True,
        context=trust.__wrapped__(str(authority.file)),
    )


async def test_a_conversation_gets_all_that_it_points_at():
    async with fetching() as (fetcher, server):
        shown = Media("image", None, url=at(server), path="a")
        returned = Media("image", None, url=at(server, "/b.png"), path="b")
        stored = Media("image", None, url="s3://bucket/key", path="c")
        parts = [Text("Look:"), shown, ToolResult("call-1", [returned]), stored]

        await fetcher.fill_in(Conversation([Message("user", parts)]))

        assert shown.data == returned.data == base64.b64encode(PNG).decode()
        assert (shown.media_type, shown.url) == ("image/png", None)
        assert stored.url == "s3://bucket/key"
        assert {asked.line.split()[1] for asked in server.asked} == {"/a.png", "/b.png"}


def pointing_at(urls: list[str]) -> Conversation:
    parts: list[Any] = [Media("image", None, url=url, path=f"m[{n}]") for n, url in enumerate(urls)]
    return Conversation([Message("user", parts)])


async def test_one_file_that_cannot_be_had_is_named():
    async with fetching() as (fetcher, server):
        urls = [at(server), "https://elsewhere.example/", at(server)]
        with pytest.raises(MediaNotFetched) as caught:
            await fetcher.fill_in(pointing_at(urls))

        assert caught.value.field == "m[1]"


@pytest.mark.parametrize(
    ("rules", "why"),
    [({"files_max": 2}, "at most 2 files"), ({"bytes_max_together": 700}, "more than 700 bytes")],
)
async def test_a_request_cannot_have_everything_fetched(rules: dict[str, int], why: str):
    async with fetching(**rules) as (fetcher, server):
        with pytest.raises(MediaNotFetched) as caught:
            await fetcher.fill_in(pointing_at([at(server)] * 3))

        assert (caught.value.field, why in caught.value.why) == ("m[2]", True)


async def test_only_so_many_are_fetched_at_once():
    busy, most = 0, 0

    async def count(peer: Peer) -> None:
        nonlocal busy, most
        while True:
            await peer.request()
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0.02)
            busy -= 1
            await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(PNG) + PNG)

    async with fetching(count, at_once_max=3) as (fetcher, server):
        await asyncio.gather(*(fetcher.fill_in(pointing_at([at(server)] * 4)) for _ in range(3)))

        assert 1 < most <= 3
        assert len(server.asked) == 12
