"""Whom the transport believes, and what it says to whom over TLS."""

import asyncio
import datetime
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dataplane.upstream.transport.tls import trust
from tests.fakes.raw_server import Peer, RawServer
from tests.integration.transport.calls import CHUNKED, OK, UNTIL_CLOSE, answer_ok, fetch, post
from tests.integration.transport.conftest import Open, Serve

NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
        certificate = self._sign(
            "tests", self._key, x509.BasicConstraints(ca=True, path_length=None)
        )
        self.file = self._write("authority.pem", certificate)

    def server(self, host: str, valid_for_days: int = 1) -> ssl.SSLContext:
        """What a server of that name needs; it keeps which name it was asked for."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        certificate = self._sign(host, key, names, valid_for_days)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._write(f"{host}.pem", certificate + secret))
        context.set_alpn_protocols(["h2", "http/1.1"])
        return context

    def _sign(
        self,
        subject: str,
        key: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
        valid_for_days: int = 1,
    ) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=2))
            .not_valid_after(NOW + datetime.timedelta(days=valid_for_days))
            .add_extension(extension, critical=False)
        )
        signed = builder.sign(self._key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    def _write(self, name: str, data: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(data)
        return path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def trusted(authority: Authority) -> ssl.SSLContext:
    return trust(str(authority.file))


def at(server: RawServer) -> str:
    return f"https://localhost:{server.port}/v1/chat"


async def test_a_trusted_server_is_called_by_its_name(
    authority: Authority, trusted: ssl.SSLContext, serve: Serve, open_transport: Open
):
    context, names = authority.server("localhost"), []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = await serve(answer_ok, context)
    transport = open_transport(trusted)

    for _ in range(2):
        assert await fetch(transport, post(at(server))) == b"ok"

    assert names == ["localhost"]
    assert server.peers[0].alpn == "http/1.1"
    assert server.asked[0].header("host") == f"localhost:{server.port}"


@pytest.mark.parametrize(
    ("certified", "called"), [("elsewhere.example", "localhost"), ("localhost", "127.0.0.1")]
)
async def test_a_certificate_for_another_name_is_refused(
    certified: str,
    called: str,
    authority: Authority,
    trusted: ssl.SSLContext,
    serve: Serve,
    open_transport: Open,
):
    server = await serve(answer_ok, authority.server(certified))

    with pytest.raises(httpx.ConnectError) as raised:
        await fetch(open_transport(trusted), post(f"https://{called}:{server.port}/"))

    assert called not in str(raised.value)
    assert server.asked == []


async def test_an_expired_certificate_is_refused(
    authority: Authority, trusted: ssl.SSLContext, serve: Serve, open_transport: Open
):
    server = await serve(answer_ok, authority.server("localhost", valid_for_days=-1))

    with pytest.raises(httpx.ConnectError):
        await fetch(open_transport(trusted), post(at(server)))


async def test_an_unknown_authority_is_refused(
    authority: Authority, serve: Serve, open_transport: Open
):
    server = await serve(answer_ok, authority.server("localhost"))

    with pytest.raises(httpx.ConnectError):
        await fetch(open_transport(), post(at(server)))


async def test_a_server_that_does_not_speak_tls_is_refused(serve: Serve, open_transport: Open):
    async def behaviour(peer: Peer) -> None:
        peer.write(OK)
        await peer.gone()

    server = await serve(behaviour)

    with pytest.raises(httpx.ConnectError):
        await fetch(open_transport(), post(at(server)))
    await server.all_left()


async def test_connecting_and_shaking_hands_have_one_limit(serve: Serve, open_transport: Open):
    server = await serve(Peer.gone)
    transport = open_transport(connect_seconds=0.1)

    with pytest.raises(httpx.ConnectTimeout) as raised:
        await fetch(transport, post(at(server)))

    assert str(server.port) not in str(raised.value)
    await server.all_left()


ENDS = {"goodbye": (Peer.close, StopAsyncIteration), "cut": (Peer.cut, httpx.RemoteProtocolError)}


@pytest.mark.asyncio(loop_factories=["uvloop"])  # asyncio's own TLS takes a cut for a goodbye
@pytest.mark.parametrize(("ending", "seen"), ENDS.values(), ids=ENDS)
async def test_only_a_proper_goodbye_ends_a_body_without_length(
    ending, seen, authority: Authority, trusted: ssl.SSLContext, serve: Serve, open_transport: Open
):
    async def behaviour(peer: Peer) -> None:
        await peer.request()
        await peer.send(UNTIL_CLOSE + b"half")
        await may_end.wait()
        ending(peer)

    may_end = asyncio.Event()
    server = await serve(behaviour, authority.server("localhost"))
    response = await open_transport(trusted).handle_async_request(post(at(server)))
    pieces = aiter(response.stream)
    assert await anext(pieces) == b"half"
    may_end.set()

    with pytest.raises(seen):
        await anext(pieces)


async def test_large_bodies_go_both_ways(
    authority: Authority, trusted: ssl.SSLContext, serve: Serve, open_transport: Open
):
    async def echo(peer: Peer) -> None:
        body = (await peer.request()).body
        await peer.send(CHUNKED + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
        await peer.gone()

    server = await serve(echo, authority.server("localhost"))
    body = bytes(range(256)) * 40_000

    assert await fetch(open_transport(trusted), post(at(server), body)) == body


@pytest.mark.parametrize("ending", [Peer.close, Peer.reset])
async def test_a_stale_connection_is_replaced(
    ending, authority: Authority, trusted: ssl.SSLContext, serve: Serve, open_transport: Open
):
    async def behaviour(peer: Peer) -> None:
        await peer.request()
        peer.write(OK)
        await peer.request()
        ending(peer)

    server = await serve(behaviour, authority.server("localhost"))
    transport = open_transport(trusted)

    for _ in range(2):
        assert await fetch(transport, post(at(server))) == b"ok"

    assert len(server.peers) == 2
