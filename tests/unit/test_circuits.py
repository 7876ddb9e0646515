"""The circuit of one deployment: what opens it, what closes it, and what it never minds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataplane.failures import Failure
from dataplane.routing.circuit_rules import CircuitRules
from dataplane.routing.circuits import Circuit, Reason, State, Ticket
from dataplane.routing.fallback import Blame

RULES = CircuitRules()
NO_JITTER = 1.0


class Deployment:
    """A circuit, and a clock that the test moves."""

    def __init__(self, rules: CircuitRules = RULES, chance: float = NO_JITTER) -> None:
        self.now = 1_000.0
        self.changes: list[State] = []
        self.circuit = Circuit(
            rules, lambda: chance, self.now, lambda circuit: self.changes.append(circuit.state)
        )

    def enter(self, *, streamed: bool = True, anyhow: bool = False) -> Ticket | None:
        return self.circuit.enter(self.now, streamed=streamed, anyhow=anyhow)

    def begin(self, *, streamed: bool = True) -> Ticket:
        ticket = self.enter(streamed=streamed)
        assert ticket is not None, "turned away"
        return ticket

    def answer(self, ticket: Ticket | None = None, *, after: float = 0.0) -> None:
        ticket = ticket or self.begin()
        self.now += after
        self.circuit.answered(ticket, self.now)
        self.circuit.ended(ticket, self.now)

    def fail(
        self,
        ticket: Ticket | None = None,
        blame: Blame = Blame.DEPLOYMENT,
        rest: float | None = None,
    ) -> None:
        ticket = ticket or self.begin()
        self.circuit.failed(ticket, self.now, Failure.SERVER_ERROR, blame, rest)

    def fail_until_open(self) -> None:
        while self.circuit.state is not State.OPEN:
            self.fail()

    @property
    def state(self) -> State:
        return self.circuit.state


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


def usual(far: Deployment, seconds: float, *, count: int = 30) -> None:
    for _ in range(count):
        far.answer(after=seconds)


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


def test_a_minute_is_reported(far: Deployment):
    for _ in range(3):
        far.answer(after=0.25)
    far.fail()
    reported = far.circuit.recent.reported(far.now)
    assert (reported.attempts, reported.failures) == (4, 1)
    assert far.circuit.recent.median_seconds == 0.25

    far.now += 66

    assert far.circuit.recent.reported(far.now).attempts == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["answer", "late", "fail", "client", "rate", "credential", "leave"]),
        st.floats(0, 30),
        st.booleans(),
    ),
    max_size=60,
)


@given(STEPS)
def test_whatever_happens_it_lets_somebody_through_before_long(
    steps: list[tuple[str, float, bool]],
):
    far = Deployment()
    open_tickets: list[Ticket] = []
    for what, seconds, waits in steps:
        far.now += seconds
        far.circuit.look_at_waiting(far.now)
        if (ticket := far.enter(streamed=waits, anyhow=waits)) is not None:
            open_tickets.append(ticket)
        if open_tickets:
            end(far, open_tickets.pop(0 if waits else -1), what)

    for ticket in open_tickets:
        far.circuit.left(ticket)
    assert far.circuit.waiting == {}
    reported = far.circuit.recent.reported(far.now)
    assert 0 <= reported.failures <= reported.attempts
    far.now += RULES.credential_rest_seconds_max
    assert far.enter() is not None


def end(far: Deployment, ticket: Ticket, what: str) -> None:
    if what == "answer":
        far.answer(ticket)
    elif what == "late":
        far.answer(ticket, after=100)
    elif what == "leave":
        far.circuit.left(ticket)
    else:
        blames = {"fail": Blame.DEPLOYMENT, "client": Blame.NOBODY, "rate": Blame.RATE}
        rest = 86_400.0 if what == "rate" else None
        far.fail(ticket, blames.get(what, Blame.CREDENTIAL), rest)
