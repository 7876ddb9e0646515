"""A deployment that fails is left alone, is found to be back, and everybody can see it."""

import concurrent.futures
import time
from collections.abc import Callable

import httpx

from controlplane.catalog.models import DeploymentHealth
from controlplane.usage.services import verify_books
from tests import catalog
from tests.fakes.upstream import stream, whole
from tests.far_and_near import CHUNKS, Client, Providers, wait_for
from tests.plane import Plane, booked

DOWN = whole({"error": {"message": "down"}}, 503)
UNAUTHORIZED = whole({"error": {"message": "who are you"}}, 401)


def reported(provider: str) -> DeploymentHealth | None:
    return DeploymentHealth.objects.filter(provider_id=provider).first()


def test_after_a_few_failures_it_is_not_asked_any_more(client: Client, providers: Providers):
    providers.does("far", DOWN)
    for _ in range(5):
        assert client.ask().headers["x-purser-attempts"] == "2"

    response = client.ask()

    assert response.headers["x-purser-attempts"] == "1"
    assert response.headers["x-purser-provider"] == "near"
    assert len(providers.asked("far")) == 5


def test_first_choice_traffic_returns_by_itself(client: Client, providers: Providers):
    providers.does("far", DOWN)
    for _ in range(6):
        client.ask()
    providers.is_well("far")

    wait_for(lambda: client.ask().headers["x-purser-provider"] == "far", seconds=5)

    assert {client.ask().headers["x-purser-provider"] for _ in range(5)} == {"far"}
    assert verify_books() == []


def test_without_anybody_else_the_answer_is_quick_and_says_so(lone: Client, providers: Providers):
    providers.does("far", DOWN)
    while lone.ask().headers["x-purser-attempts"] != "0":
        pass
    asked = len(providers.asked("far"))

    response = lone.ask()

    assert len(providers.asked("far")) == asked
    assert (response.status_code, response.json()["error"]["code"]) == (502, "upstream_failed")
    assert "'far' failed repeatedly and is not called" in response.json()["error"]["message"]
    assert int(response.headers["retry-after"]) >= 1
    assert booked().order_by("at").last().attempts == []


def test_one_that_rests_for_its_rate_limit_is_said_to(lone: Client, providers: Providers):
    limited = whole({"error": {"message": "slow down"}}, 429, **{"retry-after": "20"})
    providers.does("far", limited)
    assert lone.ask().json()["error"]["message"] == "slow down"

    response = lone.ask()

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (429, "upstream_rate_limited")
    assert error["type"] == "rate_limit_error"
    assert 15 <= int(response.headers["retry-after"]) <= 20
    assert len(providers.asked("far")) == 1


def test_a_refused_credential_says_who_has_to_act_and_a_new_one_works_at_once(
    plane: Plane, lone: Client, providers: Providers
):
    providers.does("far", UNAUTHORIZED)
    messages = {lone.ask().json()["error"]["message"] for _ in range(3)}
    assert len(providers.asked("far")) == 1
    assert messages == {
        "The provider 'far' refused the gateway's credential for 'far/gpt-4o'; an administrator "
        "must renew it, or give it access to the model."
    }

    providers.is_well("far")
    before = plane.gateway.catalog
    catalog.Provider.objects.filter(id="far").update(extra_headers={"x-renewed": "yes"})
    wait_for(lambda: plane.gateway.catalog is not before, seconds=2)

    assert lone.ask().status_code == 200


def test_what_clients_do_wrong_opens_nothing(lone: Client, providers: Providers):
    for status in (400, 404, 422):
        providers.does("far", whole({"error": {"message": "no"}}, status))
        for _ in range(10):
            assert lone.ask().status_code == status
    providers.is_well("far")

    assert lone.ask().status_code == 200


def test_streams_that_break_off_open_it_too(client: Client, providers: Providers):
    providers.does("far", stream(CHUNKS[:2], breaks_off=True))
    for _ in range(5):
        assert '"upstream_failed"' in client.ask(stream=True).text

    response = client.ask(stream=True)

    assert response.headers["x-purser-provider"] == "near"


def test_attempts_that_hang_are_given_up_once_it_is_clear_that_all_do(
    start_plane: Callable[..., Plane], connect: Callable[..., Client], providers: Providers
):
    """The limit of a minute would hold up each of them for a minute."""
    plane = start_plane(upstream_late_seconds=0.2)
    providers.does("far", stream(CHUNKS[:1], stall_seconds=60))
    client = connect(plane)
    began = time.monotonic()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.ask(stream=True), range(8)))

    assert time.monotonic() - began < 10
    assert {answer.headers["x-purser-provider"] for answer in answers} == {"near"}
    assert {"slow"} == {record.attempts[0]["error_code"] for record in booked().all()}
    assert client.ask().headers["x-purser-attempts"] == "1"


def test_one_that_is_only_slow_is_asked_where_nobody_else_is(
    start_plane: Callable[..., Plane], connect: Callable[..., Client], providers: Providers
):
    plane = start_plane(upstream_late_seconds=0.05)
    lone = connect(plane, fallbacks=[])
    providers.does("far", stream(CHUNKS, delay_seconds=0.3))

    answers = [lone.ask(stream=True) for _ in range(8)]

    assert {answer.status_code for answer in answers} == {200}
    assert next(iter(plane.gateway.health)).state == "open"


def test_metrics_show_the_circuit(client: Client, plane: Plane, providers: Providers):
    providers.does("far", DOWN)
    for _ in range(5):
        client.ask()

    scraped = httpx.get(f"{plane.url}/metrics").text

    assert 'purser_circuit_state{model="gpt-4o",provider="far"} 2.0' in scraped
    outcome = 'model="gpt-4o",outcome="overloaded",provider="far"'
    assert f"purser_upstream_attempts_total{{{outcome}}} 5.0" in scraped


def test_the_control_plane_is_told_and_told_that_it_is_over(
    client: Client, plane: Plane, providers: Providers
):
    for _ in range(3):
        client.ask()
    wait_for(lambda: (row := reported("far")) and row.attempts == 3)
    providers.does("far", DOWN)
    for _ in range(5):
        client.ask()

    row = wait_for(lambda: (row := reported("far")) and row.state != "closed" and row)

    assert (row.model, row.credential_index) == ("gpt-4o", 0)
    assert (row.attempts, row.failures, row.last_error_code) == (8, 5, "overloaded")
    assert row.p50_ms > 0
    assert row.since <= row.reported_at
    assert reported("near").state == "closed"
    plane.stop()
    assert not DeploymentHealth.objects.exists()
