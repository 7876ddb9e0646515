"""How every deployment fares, in the eyes of this process: a circuit for each that is called."""

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping

from dataplane.failures import Failure
from dataplane.routing.circuit_rules import CircuitRules
from dataplane.routing.circuits import Circuit, State, Ticket
from dataplane.routing.fallback import Blame
from dataplane.snapshot.model import Deployment, Provider

CIRCUITS_MAX = 1000
LOOK_SECONDS = 0.5
SEVERITY = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}

Place = tuple[str, int]
"""A deployment's id, and which of its provider's credentials."""
Observe = Callable[[str, str, int], None]
"""Told of a deployment's provider, model and worst state, by `SEVERITY`."""


class DeploymentCircuit(Circuit):
    """A circuit, and whose it is."""

    def __init__(
        self,
        deployment: Deployment,
        rules: CircuitRules,
        chance: Callable[[], float],
        now: float,
        changed: Callable[[Circuit], None],
    ) -> None:
        super().__init__(rules, chance, now, changed)
        self.deployment = deployment


class Health:
    """The circuits of a process, bounded: names of listed models come from clients."""

    def __init__(
        self,
        rules: CircuitRules,
        observe: Observe = lambda provider, model, severity: None,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._rules = rules
        self._observe = observe
        self._clock = clock
        self._chance = chance
        self._circuits: OrderedDict[Place, DeploymentCircuit] = OrderedDict()
        self._are_all_well = True
        self.has_changed = asyncio.Event()

    def __iter__(self) -> Iterator[DeploymentCircuit]:
        return iter(self._circuits.values())

    def is_well(self, deployment: Deployment) -> bool:
        if self._are_all_well:
            return True
        circuit = self._circuits.get(deployment.place)
        return circuit is None or not circuit.rests(self._clock())

    def serves_anyhow(self, deployment: Deployment) -> bool:
        """Whether it is worth asking, though it rests, where nobody else can be."""
        return self.circuit(deployment).serves_anyhow(self._clock())

    def rest_seconds(self, deployment: Deployment) -> float:
        return self.circuit(deployment).rest_seconds(self._clock())

    def enter(self, deployment: Deployment, *, streamed: bool, anyhow: bool) -> Ticket | None:
        """An attempt begins; None if it is to be made elsewhere."""
        return self.circuit(deployment).enter(self._clock(), streamed=streamed, anyhow=anyhow)

    def answered(self, ticket: Ticket, *, is_whole: bool) -> None:
        """The first content is there; or all of it, and `ended` need not be told."""
        now = self._clock()
        ticket.circuit.answered(ticket, now)
        if is_whole:
            ticket.circuit.ended(ticket, now)

    def ended(self, ticket: Ticket) -> None:
        """The answer came to its end."""
        ticket.circuit.ended(ticket, self._clock())

    def left(self, ticket: Ticket) -> None:
        """Nobody will know how it ends."""
        ticket.circuit.left(ticket)

    def failed(self, ticket: Ticket, failure: Failure, blame: Blame, rest: float | None) -> None:
        ticket.circuit.failed(ticket, self._clock(), failure, blame, rest)

    def circuit(self, deployment: Deployment) -> DeploymentCircuit:
        place = deployment.place
        circuit = self._circuits.get(place)
        if circuit is None:
            self._make_room()
            circuit = self._circuits[place] = DeploymentCircuit(
                deployment, self._rules, self._chance, self._clock(), self._circuit_changed
            )
        circuit.deployment = deployment
        self._circuits.move_to_end(place)
        return circuit

    def reconfigured(self, before: Mapping[str, Provider], now: Mapping[str, Provider]) -> None:
        """What was thought of a provider that is another now (a new credential) is forgotten."""
        for place, circuit in tuple(self._circuits.items()):
            provider = circuit.deployment.provider.id
            if before.get(provider) != now.get(provider):
                del self._circuits[place]
                self._tell(circuit)

    async def run(self) -> None:
        """Looks after those that wait, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        now = self._clock()
        for circuit in tuple(self._circuits.values()):
            circuit.look_at_waiting(now)

    def _make_room(self) -> None:
        """The one that was not called for longest goes; one that is not closed, last of all."""
        if len(self._circuits) < CIRCUITS_MAX:
            return
        closed = (place for place, each in self._circuits.items() if each.state is State.CLOSED)
        del self._circuits[next(closed, next(iter(self._circuits)))]

    def _circuit_changed(self, circuit: Circuit) -> None:
        assert isinstance(circuit, DeploymentCircuit)
        self._tell(circuit)

    def _tell(self, circuit: DeploymentCircuit) -> None:
        self._are_all_well = all(each.state is State.CLOSED for each in self)
        deployment = circuit.deployment
        states = [each.state for each in self if each.deployment.id == deployment.id]
        worst = max((SEVERITY[state] for state in states), default=0)
        self._observe(deployment.provider.id, deployment.name, worst)
        self.has_changed.set()
