"""How providers fare, as data-plane processes report it: for programs, and for people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from controlplane.accounts.models import Customer, Member
from controlplane.catalog.deployment_health import DeploymentHealth
from controlplane.read_only import ReadOnlyError
from tests import builders
from tests.personas import Caller, caller, refusal

SINCE = datetime(2026, 11, 20, 12, tzinfo=UTC)


def report(process: str = "p1", **fields: Any) -> None:
    """What one process says of one deployment."""
    row = {
        "process_id": process,
        "provider_id": "far",
        "model": "gpt-4o",
        "credential_index": 0,
        "state": "closed",
        "since": SINCE,
        "last_error_code": None,
        "last_error_at": None,
        "attempts": 10,
        "failures": 0,
        "p50_ms": 100.0,
        "reported_at": datetime.now(UTC),
    }
    builders.insert("catalog_deploymenthealth", {**row, **fields}, returning="process_id")


@pytest.fixture
def far(alice: Caller) -> dict[str, Any]:
    return alice.make("providers", id="far", kind="openai", credential={"api_key": "sk-12345678"})


def health(alice: Caller) -> dict[str, Any]:
    one, listed = alice.get("providers/far").json(), alice.get("providers").json()
    assert listed["results"] == [one]
    answer: dict[str, Any] = one["health"]
    return answer


def test_what_nobody_called_is_unknown(alice: Caller, far: dict[str, Any]) -> None:
    report(reported_at=datetime.now(UTC) - timedelta(seconds=40))
    report(provider_id="another", state="open")

    assert far["health"] == {"state": "unknown", "deployments": []}
    assert health(alice) == {"state": "unknown", "deployments": []}


def test_processes_are_summed_and_the_worst_of_them_is_shown(
    alice: Caller, far: dict[str, Any]
) -> None:
    later = SINCE + timedelta(minutes=5)
    error = {"last_error_code": "upstream_timeout", "last_error_at": later, "failures": 7}
    report("p1", last_error_code="upstream_failed", last_error_at=SINCE, p50_ms=90.0)
    report("p2", state="open", since=later, p50_ms=None, **error)
    report("p3", p50_ms=110.0)

    assert health(alice) == {
        "state": "degraded",
        "deployments": [
            {
                "model": "gpt-4o",
                "credential_index": 0,
                "state": "open",
                "since": "2026-11-20T12:05:00Z",
                "last_error_code": "upstream_timeout",
                "last_error_at": "2026-11-20T12:05:00Z",
                "attempts": 30,
                "failures": 7,
                "p50_ms": 100.0,
                "processes": 3,
            }
        ],
    }


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (["closed", "closed"], "ok"),
        (["closed", "open"], "degraded"),
        (["closed", "half_open"], "degraded"),
        (["open", "half_open"], "down"),
        (["open", "open"], "down"),
    ],
)
def test_a_provider_is_down_when_nobody_calls_any_of_it(
    alice: Caller, far: dict[str, Any], states: list[str], state: str
) -> None:
    for index, each in enumerate(states):
        report(credential_index=index, state=each)

    shown = health(alice)
    assert shown["state"] == state
    assert shown["deployments"][0]["state"] == max(
        states, key=["closed", "half_open", "open"].index
    )


def test_what_fails_as_often_as_not_is_degraded_before_its_circuit_opens(
    alice: Caller, far: dict[str, Any]
) -> None:
    report("p1", attempts=10, failures=4)
    assert health(alice)["state"] == "ok"

    report("p2", attempts=2, failures=1)
    assert health(alice)["state"] == "degraded"


def test_who_is_bound_to_a_customer_learns_the_state_alone(
    alice: Caller, far: dict[str, Any]
) -> None:
    report(state="open")
    bound = caller("engineer", "acme")

    assert bound.get("providers/far").json()["health"] == {"state": "down", "deployments": []}


def test_what_was_read_may_be_sent_back_although_it_moves(
    alice: Caller, far: dict[str, Any]
) -> None:
    report(state="open")

    answer = alice.put("providers/far", far)

    assert answer.status_code == 200
    assert answer.json()["health"]["state"] == "down"
    wrong = {"id": "near", "kind": "openai", "health": far["health"]}
    assert "health" in refusal(alice.post("providers", wrong))["fields"]


def test_nobody_writes_it_here(alice: Caller, far: dict[str, Any]) -> None:
    report()
    with pytest.raises(ReadOnlyError):
        DeploymentHealth.objects.update(state="closed")
    with pytest.raises(ReadOnlyError):
        DeploymentHealth.objects.get().delete()


def sign_in(username: str, customer: Customer | None = None) -> Client:
    member = Member(username=username, role="admin", customer=customer, is_staff=True)
    member.save()
    client = Client(SERVER_NAME="localhost")
    client.force_login(member)
    return client


@pytest.fixture
def people(database: str) -> Client:
    return sign_in("root")


def test_people_see_it_in_the_list_and_on_the_providers_page(
    alice: Caller, far: dict[str, Any], people: Client
) -> None:
    report(state="open", last_error_code="upstream_refused", last_error_at=SINCE, failures=9)
    report("p2", credential_index=1)

    listed = people.get("/admin/catalog/provider/").content.decode()
    page = people.get("/admin/catalog/provider/far/change/").content.decode()

    assert "degraded" in listed
    assert "upstream_refused" in page
    assert "9 of 10" in page


def test_a_customers_people_see_the_state_and_no_address(
    alice: Caller, far: dict[str, Any]
) -> None:
    alice.patch("providers/far", {"base_url": "http://10.0.0.7/v1"})
    report(state="open")
    theirs = sign_in("bob", builders.customer("acme"))

    listed = theirs.get("/admin/catalog/provider/").content.decode()
    page = theirs.get("/admin/catalog/provider/far/change/").content.decode()

    assert "down" in listed
    assert "10.0.0.7" not in listed + page
    assert "gpt-4o" not in listed + page


def test_the_page_says_when_nobody_called(far: dict[str, Any], people: Client) -> None:
    page = people.get("/admin/catalog/provider/far/change/").content.decode()

    assert "Nobody called it in the last 30 seconds." in page
