"""Whatever happens to a deployment, in whatever order, it is not left alone for good."""

from hypothesis import given
from hypothesis import strategies as st

from dataplane.routing.circuits import Ticket
from dataplane.routing.fallback import Blame
from tests.circuits import RULES, Deployment

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
