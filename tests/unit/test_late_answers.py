"""When a deployment answers, but far later than usual, or not at all."""

import pytest

from dataplane.routing.circuits import Reason, State, Ticket
from tests.circuits import RULES, Deployment, usual


@pytest.fixture
def far() -> Deployment:
    return Deployment()


def test_answers_far_later_than_usual_open_it(far: Deployment):
    usual(far, 4.0)
    late = RULES.late_factor * 4.0 + 0.1

    for _ in range(RULES.in_a_row):
        assert far.state is State.CLOSED
        far.answer(after=late)

    assert (far.state, far.circuit.reason) == (State.OPEN, Reason.LATE)


def test_what_is_slow_as_ever_is_not_late(far: Deployment):
    usual(far, RULES.late_seconds * 2, count=60)

    assert far.state is State.CLOSED


def test_nothing_sooner_than_the_setting_is_late(far: Deployment):
    usual(far, 0.1)
    usual(far, RULES.late_seconds - 0.1, count=10)

    assert far.state is State.CLOSED


def test_whole_answers_may_take_longer(far: Deployment):
    for _ in range(60):
        far.answer(far.begin(streamed=False), after=RULES.late_seconds * 3)

    assert far.state is State.CLOSED


def test_attempts_that_wait_too_long_open_it_before_they_end(far: Deployment):
    usual(far, 1.0)
    given_up: list[Ticket] = []
    for number in range(RULES.in_a_row):
        ticket = far.begin()
        if number:
            ticket.give_up = lambda ticket=ticket: given_up.append(ticket)
    far.now += RULES.late_seconds - 1
    patient = far.begin()
    patient.give_up = lambda: given_up.append(patient)

    far.now += 1.1
    far.circuit.look_at_waiting(far.now)

    assert (far.state, far.circuit.reason) == (State.OPEN, Reason.LATE)
    assert len(given_up) == RULES.in_a_row - 1, "those that have somewhere to go, and are late"


def test_what_hung_in_an_outage_is_given_up_also_when_that_is_over(far: Deployment):
    hanging = far.begin(streamed=False)
    given_up: list[Ticket] = []
    hanging.give_up = lambda: given_up.append(hanging)
    far.fail_until_open()
    far.now += 1
    far.answer()
    assert far.state is State.CLOSED

    far.now += RULES.late_seconds * RULES.late_allowance
    far.circuit.look_at_waiting(far.now)

    assert given_up == [hanging]


def test_one_that_hangs_alone_is_waited_for(far: Deployment):
    usual(far, 1.0)
    hanging = far.begin()
    hanging.give_up = lambda: pytest.fail("nothing says that it waits in vain")
    far.now += 10 * RULES.late_seconds

    far.circuit.look_at_waiting(far.now)

    assert hanging.is_late
    assert far.state is State.CLOSED


def test_a_late_attempt_counts_once_however_it_ends(far: Deployment):
    usual(far, 1.0)
    tickets = [far.begin() for _ in range(RULES.in_a_row - 1)]
    far.now += RULES.late_seconds + 1
    far.circuit.look_at_waiting(far.now)
    far.circuit.look_at_waiting(far.now)
    for ticket in tickets:
        far.answer(ticket)

    assert far.state is State.CLOSED
    assert far.circuit.recent.judged(far.now).late == RULES.in_a_row - 1


def open_for_lateness(far: Deployment) -> None:
    usual(far, 1.0)
    usual(far, RULES.late_seconds + 1, count=RULES.in_a_row)
    assert far.circuit.reason is Reason.LATE


def test_one_that_is_only_slow_is_asked_where_nobody_else_can_be(far: Deployment):
    open_for_lateness(far)
    assert far.enter() is None

    ticket = far.enter(anyhow=True)
    assert ticket is not None
    far.answer(ticket, after=1.0)

    assert far.state is State.CLOSED


def test_one_that_is_down_is_not(far: Deployment):
    far.fail_until_open()

    assert far.enter(anyhow=True) is None


def test_one_that_is_slow_and_then_fails_is_down(far: Deployment):
    open_for_lateness(far)
    for _ in range(RULES.in_a_row):
        ticket = far.enter(anyhow=True)
        assert ticket is not None
        far.fail(ticket)

    assert far.circuit.reason is Reason.FAILURES


def test_a_late_probe_keeps_it_open(far: Deployment):
    open_for_lateness(far)
    far.now += 1
    probe = far.begin()
    far.now += RULES.late_seconds + 1
    far.circuit.look_at_waiting(far.now)

    assert (far.state, probe.is_late) == (State.OPEN, True)
    far.answer(probe)
    assert far.state is State.OPEN
