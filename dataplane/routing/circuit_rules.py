"""When a circuit opens, and for how long."""

from dataclasses import dataclass

from dataplane.routing.recent import Slice


@dataclass(frozen=True, slots=True)
class CircuitRules:
    """Rests double from opening to opening, until they reach their limit."""

    in_a_row: int = 5
    in_a_row_seconds: float = 60.0
    """Failures further apart than this are not in a row."""
    forbidden_in_a_row: int = 3
    """A 403 may be about what the client asks; so many in a row are about our credential."""
    attempts_min: int = 20
    share: float = 0.5
    rest_seconds: float = 1.0
    rest_seconds_max: float = 5.0
    credential_rest_seconds: float = 15.0
    credential_rest_seconds_max: float = 120.0
    rate_rest_seconds_max: float = 60.0
    """Whatever a provider says, after this it is probed."""
    probe_seconds: float = 2.0
    """A probe that nothing is heard of for this long does not keep others from trying."""
    steady_seconds: float = 30.0
    """Closed for this long, and the next rest is a short one again."""
    late_seconds: float = 10.0
    """The first content of a stream that takes longer, and longer than usual, is late."""
    late_factor: float = 10.0
    """How much longer than usual."""
    late_allowance: float = 4.0
    """How much later than `late_seconds` it may be for whole answers, or while little is known."""

    def is_too_much(self, in_a_row: int, count: int, judged: Slice) -> bool:
        """So many bad outcomes, in a row or of all, that the deployment is left alone."""
        if in_a_row >= self.in_a_row:
            return True
        attempts = max(judged.attempts, count)
        return attempts >= self.attempts_min and count >= self.share * attempts

    def late_after(
        self, usual: float | None, *, streamed: bool, is_doubtful: bool = False
    ) -> float:
        """An answer that is not there after this many seconds is late.

        While it is not known what is usual more is allowed, unless there is a doubt.
        """
        least = self.late_seconds if streamed else self.late_seconds * self.late_allowance
        if usual is not None:
            return max(least, usual * self.late_factor)
        return least if is_doubtful else least * self.late_allowance

    def rest(self, rests: int, chance: float, *, of_credential: bool) -> float:
        """The rest after so many others. Half of it is chance, lest all processes probe at once."""
        first, most = self.rest_seconds, self.rest_seconds_max
        if of_credential:
            first, most = self.credential_rest_seconds, self.credential_rest_seconds_max
        return min(first * 2.0 ** min(rests, 16), most) * (0.5 + chance / 2)
