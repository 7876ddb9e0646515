"""The circuit of one deployment, and a clock that the test moves."""

from dataplane.failures import Failure
from dataplane.routing.circuit_rules import CircuitRules
from dataplane.routing.circuits import Circuit, State, Ticket
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


def usual(far: Deployment, seconds: float, *, count: int = 30) -> None:
    """So many streams take this long to begin."""
    for _ in range(count):
        far.answer(after=seconds)
