"""A client that leaves before it is answered: nothing new is begun for it, what was is paid for."""

from collections.abc import Callable

import httpx
import pytest

from controlplane.usage.services import verify_books
from tests.fakes.upstream import Scripted, stream, whole
from tests.far_and_near import ANSWER, CHUNKS, Client, Providers, wait_for
from tests.plane import Plane, booked


def test_a_client_that_is_gone_is_not_fallen_back_for(
    plane: Plane, client: Client, providers: Providers
):
    providers.does("far", Scripted(status=500, delay_seconds=0.5))
    with pytest.raises(httpx.ReadTimeout):
        client.ask(timeout_seconds=0.1)

    record = wait_for(lambda: booked().first())

    assert (record.status, record.error_code) == (499, "client_disconnected")
    assert [attempt["provider"] for attempt in record.attempts] == ["far"]
    assert providers.asked("near") == []


def test_an_answer_nobody_waits_for_is_paid_for(client: Client, providers: Providers):
    slow = whole(ANSWER)
    slow.delay_seconds = 0.5
    providers.does("far", slow)
    with pytest.raises(httpx.ReadTimeout):
        client.ask(timeout_seconds=0.1)

    record = wait_for(lambda: booked().first())

    assert (record.status, record.output_tokens) == (200, 5)
    assert record.cost_usd > 0
    assert verify_books() == []


def test_a_stream_that_nobody_waits_for_is_given_up_in_time_and_paid_for(
    start_plane: Callable[..., Plane], connect: Callable[..., Client], providers: Providers
):
    client = connect(start_plane(drain_after_client_gone_seconds=0.3))
    providers.does("far", stream(CHUNKS[:1], stall_seconds=30))
    with pytest.raises(httpx.ReadTimeout):
        client.ask(stream=True, timeout_seconds=0.1)

    record = wait_for(lambda: booked().first())

    assert (record.status, record.error_code) == (499, "client_disconnected")
    assert (record.usage_source, record.provider) == ("estimated", "far")
    assert record.cost_usd > 0
    assert providers.asked("near") == []
    assert verify_books() == []
