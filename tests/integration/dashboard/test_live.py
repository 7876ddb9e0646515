"""The live page and its socket: who may listen, and that nobody hears of others."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from tests import builders
from tests.integration.dashboard.reading import few_queries, numbers_in, part, text_of
from tests.personas import caller

ORIGIN = (b"origin", b"http://localhost")


def socket(client, *, query="", origin=ORIGIN):
    """A socket of a browser's session."""
    from controlplane.asgi import application

    cookie = f"sessionid={client.cookies['sessionid'].value}" if client else ""
    headers = [(b"host", b"localhost"), (b"cookie", cookie.encode()), origin]
    return WebsocketCommunicator(application, f"/live/feed/?{query}", headers=headers)


@pytest.mark.usefixtures("database")
def test_the_page_says_what_the_api_says(sign_in):
    builders.usage_record(at=datetime.now(UTC))

    page = text_of(sign_in().get("/live/"))
    total = caller().get("usage/summary?period=1d").json()["total"]

    assert numbers_in(part(page, "data-figures", "</p>"))[0][0] == total["cost_usd"]


@pytest.mark.usefixtures("database")
def test_a_live_page_asks_little(sign_in):
    id = builders.usage_record(at=datetime.now(UTC))
    client = sign_in()

    with few_queries():
        assert id in text_of(client.get("/live/"))
    with few_queries():
        assert id in text_of(client.get("/live/since/"))


@pytest.mark.usefixtures("database")
def test_looking_on_by_itself_does_not_keep_a_session(sign_in):
    client = sign_in()
    session = client.session
    session["seen_at"] -= 600
    session.save()
    before = session["seen_at"]

    client.get("/live/since/", headers={"Purser-Unattended": "1"})
    assert client.session["seen_at"] == before
    client.get("/live/")
    assert client.session["seen_at"] > before


def test_a_socket_tells_of_the_viewers_records_alone(database, sign_in):
    client = sign_in("auditor", "acme")

    async def listening():
        feed = socket(client)
        assert (await feed.connect())[0]
        await feed.receive_from(timeout=10)
        ids = await sync_to_async(_book)()
        with psycopg.connect(database, autocommit=True) as ledger:
            ledger.execute("NOTIFY purser_booked")
        told = await feed.receive_from(timeout=15)
        await feed.disconnect()
        assert ids[0] in told
        assert ids[1] not in told
        assert "rival" not in told

    asyncio.run(listening())


def _book():
    now = datetime.now(UTC)
    other = {"customer_id": "rival", "virtual_key_id": "vk-rival"}
    return builders.usage_records([{"at": now, "customer_id": "acme"}, {"at": now, **other}])


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("origin", [(b"origin", b"https://evil.example"), (b"x", b"y")])
def test_a_socket_is_for_our_own_pages(sign_in, origin):
    client = sign_in()

    async def refused():
        assert not (await socket(client, origin=origin).connect())[0]

    asyncio.run(refused())


@pytest.mark.usefixtures("database")
def test_nobody_listens_without_signing_in():
    async def refused():
        assert not (await socket(None).connect())[0]

    asyncio.run(refused())


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("query", ["since=x", "status=many", "tz=Mars"])
def test_a_socket_that_asks_nonsense_is_ended(sign_in, query):
    client = sign_in()

    async def ended():
        feed = socket(client, query=query)
        assert (await feed.connect())[0]
        assert (await feed.receive_output(timeout=10))["code"] == 4400

    asyncio.run(ended())


@pytest.mark.usefixtures("database")
def test_a_socket_ends_with_the_session(sign_in):
    client = sign_in()

    async def ended():
        feed = socket(client)
        assert (await feed.connect())[0]
        await feed.receive_from(timeout=10)
        await sync_to_async(client.logout)()
        assert (await feed.receive_output(timeout=15))["code"] == 4401

    asyncio.run(ended())
