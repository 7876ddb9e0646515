"""The circuit of one deployment: what opens it, what closes it, and what it never minds."""

import pytest

from dataplane.routing.circuits import Reason, State
from dataplane.routing.fallback import Blame
from tests.circuits import RULES, Deployment


@pytest.fixture
def far() -> Deployment:
    return Deployment()


def test_five_failures_in_a_row_open_it(far: Deployment):
    for _ in range(RULES.in_a_row - 1):
        far.fail()
    assert far.state is State.CLOSED

    far.fail()

    assert (far.state, far.circuit.reason) == (State.OPEN, Reason.FAILURES)
    assert far.enter() is None
    assert far.changes == [State.OPEN]


def test_an_answer_in_between_breaks_the_row(far: Deployment):
    for _ in range(3):
        for _ in range(RULES.in_a_row - 1):
            far.fail()
        far.answer()

    assert far.state is State.CLOSED


def test_failures_far_apart_are_not_in_a_row(far: Deployment):
    for _ in range(3 * RULES.in_a_row):
        far.now += RULES.in_a_row_seconds + 1
        far.fail()

    assert far.state is State.CLOSED


def test_half_of_many_attempts_failing_opens_it_though_they_are_not_in_a_row(far: Deployment):
    far.now = 1_000.0  # the beginning of a slice
    for _ in range(RULES.attempts_min // 2):
        assert far.state is State.CLOSED
        far.answer()
        far.fail()

    assert (far.state, far.circuit.reason) == (State.OPEN, Reason.FAILURES)


def test_a_few_failures_among_many_answers_do_not(far: Deployment):
    for _ in range(100):
        far.answer()
        far.answer()
        far.fail()

    assert far.state is State.CLOSED


def test_what_happened_a_while_ago_is_not_judged(far: Deployment):
    for _ in range(RULES.attempts_min // 2 - 1):
        far.answer()
        far.fail()
    far.now += 20
    far.answer()
    far.fail()

    assert far.state is State.CLOSED


def test_what_the_client_causes_never_counts(far: Deployment):
    for _ in range(100):
        far.fail(blame=Blame.NOBODY)

    assert far.state is State.CLOSED
    assert far.circuit.last_failure is None
    assert far.circuit.recent.reported(far.now).attempts == 0


def test_after_its_rest_a_single_probe_is_let_through(far: Deployment):
    far.fail_until_open()
    far.now += RULES.rest_seconds + 0.01

    probe = far.enter()

    assert probe is not None
    assert (probe.is_probe, far.state) == (True, State.HALF_OPEN)
    assert far.enter() is None


def test_a_probe_that_is_answered_closes_it(far: Deployment):
    far.fail_until_open()
    far.now += RULES.rest_seconds + 0.01

    far.answer()

    assert far.state is State.CLOSED
    assert far.changes == [State.OPEN, State.HALF_OPEN, State.CLOSED]
    far.fail()
    assert far.state is State.CLOSED, "what was before is forgiven"


def test_failed_probes_make_the_rest_longer_up_to_a_limit(far: Deployment):
    far.fail_until_open()
    rests = []
    for _ in range(8):
        rests.append(far.circuit.rest_seconds(far.now))
        far.now += rests[-1]
        far.fail()

    assert rests == [1, 2, 4, 5, 5, 5, 5, 5]


def test_half_of_a_rest_is_chance():
    hasty = Deployment(chance=0.0)

    hasty.fail_until_open()

    assert hasty.circuit.rest_seconds(hasty.now) == RULES.rest_seconds / 2


def test_the_first_rest_is_short_again_after_a_steady_time(far: Deployment):
    far.fail_until_open()
    far.now += 1
    far.fail()
    far.now += 2
    far.answer()
    far.fail_until_open()
    assert far.circuit.rest_seconds(far.now) == 4

    far.now += 4
    far.answer()
    far.now += RULES.steady_seconds + 1
    far.fail_until_open()

    assert far.circuit.rest_seconds(far.now) == 1


def test_a_probe_that_the_client_spoils_leaves_the_place_to_another(far: Deployment):
    far.fail_until_open()
    far.now += 1
    far.circuit.left(far.begin())
    far.fail(blame=Blame.NOBODY)

    assert far.state is State.HALF_OPEN
    assert far.begin().is_probe


def test_a_probe_that_hangs_does_not_keep_others_from_trying(far: Deployment):
    far.fail_until_open()
    far.now += 1
    far.begin()
    assert far.enter() is None
    far.now += RULES.probe_seconds

    assert far.begin().is_probe


def test_attempts_from_before_change_nothing_when_they_fail_late(far: Deployment):
    early = [far.begin() for _ in range(10)]
    far.fail_until_open()
    until = far.circuit.rest_seconds(far.now)

    for ticket in early:
        far.fail(ticket)

    assert far.circuit.rest_seconds(far.now) == until


def test_it_rests_as_long_as_a_429_says(far: Deployment):
    far.fail(blame=Blame.RATE, rest=20)

    assert (far.state, far.circuit.reason) == (State.OPEN, Reason.RATE)
    assert far.circuit.rest_seconds(far.now) == 20
    far.now += 19.9
    assert far.enter() is None
    far.now += 0.2
    far.answer()
    assert far.state is State.CLOSED


def test_no_429_silences_it_for_long(far: Deployment):
    far.fail(blame=Blame.RATE, rest=86_400)

    assert far.circuit.rest_seconds(far.now) == RULES.rate_rest_seconds_max


def test_429s_that_do_not_say_how_long_make_it_rest_for_longer_and_longer(far: Deployment):
    rests = []
    for _ in range(3):
        far.fail(blame=Blame.RATE)
        rests.append(far.circuit.rest_seconds(far.now))
        far.now += rests[-1]

    assert rests == [1, 2, 4]


def test_a_later_429_lengthens_the_rest_and_never_shortens_it(far: Deployment):
    early = [far.begin(), far.begin()]
    far.fail(blame=Blame.RATE, rest=10)
    far.fail(early[0], blame=Blame.RATE, rest=1)
    assert far.circuit.rest_seconds(far.now) == 10

    far.fail(early[1], blame=Blame.RATE, rest=30)

    assert far.circuit.rest_seconds(far.now) == 30


def test_a_refused_credential_rests_longer(far: Deployment):
    far.fail(blame=Blame.CREDENTIAL)

    assert far.circuit.reason is Reason.CREDENTIAL
    assert far.circuit.rest_seconds(far.now) == RULES.credential_rest_seconds


def test_a_403_may_be_the_clients_but_not_three_of_them_in_a_row(far: Deployment):
    far.fail(blame=Blame.PERHAPS_CREDENTIAL)
    far.answer()
    far.fail(blame=Blame.PERHAPS_CREDENTIAL)
    far.fail(blame=Blame.PERHAPS_CREDENTIAL)
    assert far.state is State.CLOSED

    far.fail(blame=Blame.PERHAPS_CREDENTIAL)

    assert far.circuit.reason is Reason.CREDENTIAL


def test_a_minute_is_reported(far: Deployment):
    for _ in range(3):
        far.answer(after=0.25)
    far.fail()
    reported = far.circuit.recent.reported(far.now)
    assert (reported.attempts, reported.failures) == (4, 1)
    assert far.circuit.recent.median_seconds == 0.25

    far.now += 66

    assert far.circuit.recent.reported(far.now).attempts == 0
