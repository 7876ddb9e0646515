"""When a deployment is left alone, and how it comes back: one circuit each.

    closed ──► open        after failures in a row or in large part; after answers that are late,
                           likewise; at once when it says to stay away
    open ──► half-open     its rest is over: one attempt, the probe, is let through
    half-open ──► closed   the probe was answered in time
    half-open ──► open     the probe failed: a longer rest, up to a limit

Pure: the time is an argument, in seconds of a monotonic clock, and so is chance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dataplane.failures import Failure
from dataplane.routing.circuit_rules import CircuitRules
from dataplane.routing.fallback import Blame
from dataplane.routing.recent import Recent


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Reason(StrEnum):
    """Why a circuit is not closed."""

    FAILURES = "failures"
    LATE = "late"
    RATE = "rate"
    CREDENTIAL = "credential"


@dataclass(slots=True, eq=False)
class Ticket:
    """One attempt, as the circuit sees it: from when it begins until how it ends is known."""

    circuit: "Circuit"
    began_at: float
    streamed: bool
    is_probe: bool = False
    is_late: bool = False
    is_doubtful: bool = False
    """Others failed, or hung, while it was waiting: it may be waiting in vain."""
    give_up: Callable[[], None] | None = None
    """Ends the attempt, for another deployment to be asked."""


class Circuit:
    """What is thought of one deployment, with one credential. `changed` is told of new states."""

    def __init__(
        self,
        rules: CircuitRules,
        chance: Callable[[], float],
        now: float,
        changed: "Callable[[Circuit], None]" = lambda circuit: None,
    ) -> None:
        self.state = State.CLOSED
        self.reason: Reason | None = None
        self.since = now
        self.last_failure: Failure | None = None
        self.last_failed_at = float("-inf")
        self.recent = Recent()
        self.waiting: dict[Ticket, None] = {}
        """Attempts that nothing has come back of."""
        self._rules = rules
        self._chance = chance
        self._changed = changed
        self._rests_until = 0.0
        self._rests = 0
        self._in_a_row = 0
        self._late_in_a_row = 0
        self._probe: Ticket | None = None

    def rests(self, now: float) -> bool:
        """Whether an attempt is to be made elsewhere."""
        if self.state is State.CLOSED:
            return False
        if self.state is State.OPEN:
            return now < self._rests_until
        return self._probe is not None and now < self._probe.began_at + self._rules.probe_seconds

    def serves_anyhow(self, now: float) -> bool:
        """Whether it is worth asking where nobody else can be: it is slow, or may have room."""
        return self.reason is Reason.LATE or (
            self.reason is Reason.RATE and now >= self._rests_until
        )

    def rest_seconds(self, now: float) -> float:
        """How long until it is worth asking again."""
        return max(0.0, self._rests_until - now)

    def enter(self, now: float, *, streamed: bool, anyhow: bool = False) -> Ticket | None:
        """An attempt begins; None if it must not. `anyhow`: there is nobody else to ask."""
        ticket = Ticket(self, now, streamed)
        if self.state is not State.CLOSED:
            if not self.rests(now):
                ticket.is_probe = ticket.is_doubtful = True
                self._probe = ticket
                self._become(State.HALF_OPEN, now)
            elif not (anyhow and self.serves_anyhow(now)):
                return None
        self.waiting[ticket] = None
        return ticket

    def answered(self, ticket: Ticket, now: float) -> None:
        """Its first content is there, or its whole answer."""
        self.waiting.pop(ticket, None)
        seconds = now - ticket.began_at
        is_usual = seconds <= self._rules.late_seconds and not ticket.is_late
        if is_usual and self.state is State.CLOSED:
            self._late_in_a_row = 0
        else:
            self._answered_unusually(ticket, now, seconds)
        self.recent.answered(seconds, streamed=ticket.streamed)

    def _answered_unusually(self, ticket: Ticket, now: float, seconds: float) -> None:
        self.left(ticket)
        if not ticket.is_late:
            usual = self.recent.usual_seconds(streamed=ticket.streamed)
            after = self._rules.late_after(usual, streamed=ticket.streamed)
            self._judge_lateness(ticket, now, is_late=seconds > after)
        is_back = ticket.is_probe or self.reason is Reason.LATE
        if self.state is not State.CLOSED and is_back and not ticket.is_late:
            self._close(now)

    def ended(self, ticket: Ticket, now: float) -> None:
        """It was answered to the end."""
        self.recent.slice(now).attempts += 1
        self._in_a_row = 0

    def left(self, ticket: Ticket) -> None:
        """Nothing is known of it: the client left, or was at fault, or the process stops."""
        self.waiting.pop(ticket, None)
        if self._probe is ticket:
            self._probe = None

    def failed(
        self, ticket: Ticket, now: float, failure: Failure, blame: Blame, rest: float | None = None
    ) -> None:
        """`rest` is how long the provider says to stay away, in seconds."""
        self.left(ticket)
        if blame is Blame.NOBODY:
            return
        counted = self.recent.slice(now)
        counted.attempts += 1
        counted.failures += 1
        if blame is Blame.LATENESS:
            return
        is_near = now - self.last_failed_at < self._rules.in_a_row_seconds
        self._in_a_row = self._in_a_row + 1 if is_near else 1
        self.last_failure, self.last_failed_at = failure, now
        if (reason := self._reason_to_open(ticket, now, blame)) is not None:
            self._open(now, reason, rest)

    def look_at_waiting(self, now: float) -> None:
        """Counts attempts that have become late, and ends those of them that are in doubt."""
        begun_before = now - self._rules.late_seconds
        waiting = [each for each in self.waiting if each.began_at < begun_before]
        if not waiting:
            return
        usual = {kind: self.recent.usual_seconds(streamed=kind) for kind in (True, False)}
        for ticket in waiting:
            after = self._rules.late_after(
                usual[ticket.streamed], streamed=ticket.streamed, is_doubtful=ticket.is_doubtful
            )
            if now - ticket.began_at > after and not ticket.is_late:
                self._judge_lateness(ticket, now, is_late=True)
        for ticket in waiting:
            if ticket.is_late and ticket.is_doubtful and ticket.give_up is not None:
                ticket.give_up()

    def _judge_lateness(self, ticket: Ticket, now: float, *, is_late: bool) -> None:
        if not is_late:
            self._late_in_a_row = 0
            return
        ticket.is_late = True
        self._late_in_a_row += 1
        self.recent.slice(now).late += 1
        self.last_failure, self.last_failed_at = Failure.SLOW, now
        judged = self.recent.judged(now)
        if self.state is State.HALF_OPEN and ticket.is_probe:
            self._open(now, self.reason or Reason.LATE)
        elif self.state is State.CLOSED and self._rules.is_too_much(
            self._late_in_a_row, judged.late, judged
        ):
            self._open(now, Reason.LATE)

    def _reason_to_open(self, ticket: Ticket, now: float, blame: Blame) -> Reason | None:
        """What the failure just counted opens the circuit for, or keeps it open for."""
        is_news = self.state is State.CLOSED or (self.state is State.HALF_OPEN and ticket.is_probe)
        if blame is Blame.RATE:
            return Reason.RATE if is_news or self.reason is Reason.RATE else None
        if blame is Blame.CREDENTIAL:
            return Reason.CREDENTIAL if is_news else None
        if blame is Blame.PERHAPS_CREDENTIAL:
            is_ours = self._in_a_row >= self._rules.forbidden_in_a_row
            return Reason.CREDENTIAL if is_news and is_ours else None
        if self.state is State.HALF_OPEN and ticket.is_probe:
            return Reason.FAILURES
        judged = self.recent.judged(now)
        is_too_much = self._rules.is_too_much(self._in_a_row, judged.failures, judged)
        may_open = self.state is State.CLOSED or self.reason is Reason.LATE
        return Reason.FAILURES if may_open and is_too_much else None

    def _open(self, now: float, reason: Reason, rest: float | None = None) -> None:
        rules = self._rules
        if self.state is State.CLOSED and now - self.since > rules.steady_seconds:
            self._rests = 0
        if reason is Reason.RATE and rest is not None:
            until = now + min(rest, rules.rate_rest_seconds_max)
            self._rests_until = max(self._rests_until, until)
        elif reason is not Reason.RATE or self.state is not State.OPEN:
            of_credential = reason is Reason.CREDENTIAL
            self._rests_until = now + rules.rest(
                self._rests, self._chance(), of_credential=of_credential
            )
            self._rests += 1
        self.reason = reason
        self._probe = None
        if reason in (Reason.FAILURES, Reason.LATE):
            for waiting in self.waiting:
                waiting.is_doubtful = True
        self._become(State.OPEN, now)

    def _close(self, now: float) -> None:
        self._in_a_row = self._late_in_a_row = 0
        self.recent.forgive(now)
        self.reason = None
        self._become(State.CLOSED, now)

    def _become(self, state: State, now: float) -> None:
        if self.state is not state:
            self.state, self.since = state, now
            self._changed(self)
