"""The circuits of a process: one for each deployment and credential, bounded, and reported."""

from dataclasses import replace

import pytest

from dataplane.failures import Failure
from dataplane.routing import reporting
from dataplane.routing.circuit_rules import CircuitRules
from dataplane.routing.circuits import State
from dataplane.routing.fallback import Blame
from dataplane.routing.health import CIRCUITS_MAX, Health
from dataplane.snapshot.model import Deployment
from tests import estimates


class Observed:
    """A health with a clock that the test moves, and what it tells."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.told: list[tuple[str, str, int]] = []
        self.health = Health(
            CircuitRules(), lambda *facts: self.told.append(facts), lambda: self.now, lambda: 1.0
        )

    def fail(self, deployment: Deployment, times: int = 5) -> None:
        for _ in range(times):
            ticket = self.health.enter(deployment, streamed=False, anyhow=False)
            assert ticket is not None
            self.health.failed(ticket, Failure.OVERLOADED, Blame.DEPLOYMENT, None)

    def answer(self, deployment: Deployment) -> None:
        ticket = self.health.enter(deployment, streamed=False, anyhow=False)
        assert ticket is not None
        self.now += 0.25
        self.health.answered(ticket, is_whole=True)


@pytest.fixture
def observed() -> Observed:
    return Observed()


def with_credential(deployment: Deployment, index: int) -> Deployment:
    return replace(deployment, provider=replace(deployment.provider, credential_index=index))


def test_each_deployment_and_credential_has_its_own(observed: Observed):
    first, other = estimates.deployment(), estimates.deployment(model="other")
    observed.fail(first)

    assert not observed.health.is_well(first)
    assert observed.health.is_well(other)
    assert observed.health.is_well(with_credential(first, 1))


def test_who_was_never_called_is_well(observed: Observed):
    assert observed.health.is_well(estimates.deployment())
    assert list(observed.health) == []


def test_the_worst_of_a_deployments_credentials_is_shown(observed: Observed):
    first = estimates.deployment()
    observed.fail(with_credential(first, 1))
    observed.answer(first)
    observed.now += 1
    observed.answer(with_credential(first, 1))

    assert observed.told == [("far", "gpt-4o", 2), ("far", "gpt-4o", 1), ("far", "gpt-4o", 0)]
    assert observed.health.has_changed.is_set()


def test_a_provider_that_is_changed_is_believed_again(observed: Observed):
    first = estimates.deployment()
    other = replace(
        estimates.deployment(), id="near/m", provider=replace(first.provider, id="near")
    )
    observed.fail(first)
    observed.fail(other)
    before = {"far": first.provider, "near": other.provider}
    renewed = replace(first.provider, credential={"api_key": "sk-new"})

    observed.health.reconfigured(before, {**before, "far": renewed})

    assert observed.health.is_well(first)
    assert not observed.health.is_well(other)
    assert observed.told[-1] == ("far", "gpt-4o", 0)


def test_what_is_remembered_is_bounded_and_who_is_down_stays(observed: Observed):
    down = estimates.deployment(model="down")
    observed.fail(down)
    for number in range(CIRCUITS_MAX + 10):
        observed.answer(estimates.deployment(model=f"model-{number}"))

    assert len(list(observed.health)) == CIRCUITS_MAX
    assert not observed.health.circuit(down).rests(observed.now)  # it rested long enough
    assert observed.health.circuit(down).state is State.OPEN


def test_a_report_has_ages_and_the_last_minute(observed: Observed):
    far = estimates.deployment()
    observed.answer(far)
    observed.fail(far)
    observed.now += 0.5

    assert reporting.row(observed.health.circuit(far), observed.now) == {
        "provider_id": "far",
        "model": "gpt-4o",
        "credential_index": 0,
        "state": "open",
        "since_seconds": 0.5,
        "last_error_code": "overloaded",
        "last_error_seconds": 0.5,
        "attempts": 6,
        "failures": 5,
        "p50_ms": 250.0,
    }


def test_one_whose_rest_is_over_is_reported_as_about_to_be_probed(observed: Observed):
    far = estimates.deployment()
    observed.fail(far)
    observed.now += 2

    assert reporting.row(observed.health.circuit(far), observed.now)["state"] == "half_open"
