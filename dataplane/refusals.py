"""Errors of the ledger and of upstreams in the words of the contract."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from billing.errors import BudgetExceeded, ModelUnpriced
from billing.money import format_usd
from dataplane.errors import (
    BudgetRefused,
    GatewayError,
    InvalidRequest,
    RateLimited,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimeout,
)
from dataplane.failures import AttemptFailed, Failure
from dataplane.routing.circuits import Reason
from dataplane.routing.fallback import TABLE
from dataplane.routing.health import DeploymentCircuit
from dataplane.snapshot.model import Deployment

CREDENTIAL = frozenset({Failure.CREDENTIAL_REFUSED, Failure.FORBIDDEN, Failure.CREDENTIAL_UNUSABLE})
WORDS = {
    Failure.CONNECT_FAILED: "could not be reached",
    Failure.CONNECT_TIMEOUT: "could not be reached in time",
    Failure.CONNECTION_LOST: "closed the connection",
    Failure.TRUNCATED: "broke off its answer",
    Failure.GARBLED: "answered something that is no answer",
    Failure.TOO_LARGE: "answered more than the gateway takes",
    Failure.STREAM_FAILED: "reported an error in its stream",
    Failure.FIRST_BYTE_TIMEOUT: "did not begin to answer",
    Failure.CHUNK_TIMEOUT: "stopped in its answer",
    Failure.TOTAL_TIMEOUT: "did not come to an end",
    Failure.SLOW: "is too slow at the moment",
    Failure.NO_CONNECTION_FREE: "has no connection free",
    Failure.CREDENTIAL_REFUSED: "refused the gateway's credential",
    Failure.FORBIDDEN: "refused the gateway access",
    Failure.CREDENTIAL_UNUSABLE: "has no credential that can be used",
}


def budget_refused(refusal: BudgetExceeded, status: int) -> BudgetRefused:
    """Says which budget, how much of it is spent and reserved, and when its window ends."""
    end = refusal.window_end.isoformat() if refusal.window_end else None
    owner = f"{refusal.owner_type.replace('_', ' ')} '{refusal.owner_id}'"
    message = (
        f"The budget of {owner} has no room for this request: "
        f"{format_usd(refusal.spent_usd)} USD of {format_usd(refusal.limit_usd)} USD are spent, "
        f"{format_usd(refusal.reserved_usd)} USD reserved, and the request may cost "
        f"{format_usd(refusal.requested_usd)} USD."
    )
    facts = {
        "id": refusal.budget_id,
        "owner_type": refusal.owner_type,
        "owner_id": refusal.owner_id,
        "limit_usd": format_usd(refusal.limit_usd),
        "spent_usd": format_usd(refusal.spent_usd),
        "reserved_usd": format_usd(refusal.reserved_usd),
        "requested_usd": format_usd(refusal.requested_usd),
        "window_end": end,
        "reason": "spent" if refusal.is_spent else "reserved",
    }
    return BudgetRefused(message, status=status, budget=facts)


def model_unpriced(refusal: ModelUnpriced) -> InvalidRequest:
    return InvalidRequest(
        "model_unpriced",
        f"The model '{refusal.model}' has no price, and a hard budget applies to this key.",
        param="model",
    )


@dataclass(slots=True)
class Outcome:
    """What became of a request that nobody answered, and how that is told."""

    failed: list[tuple[Deployment, AttemptFailed]] = field(default_factory=list)
    resting: list[DeploymentCircuit] = field(default_factory=list)
    """Those that were not asked, since they failed others lately."""
    is_at_fault: bool = False
    """The last refusal is about the request itself."""
    refused: GatewayError | None = None
    """There was no money for it."""
    unsupported: GatewayError | None = None
    """It could not be told to a provider."""

    @property
    def is_temporary(self) -> bool:
        """Another time, it may be answered as it is."""
        return bool(self.failed or self.resting)

    def is_refused(self, *, left: int, fallbacks: int) -> bool:
        """What none of those asked for can be paid for, fallbacks are not asked for."""
        return self.refused is not None and not self.is_temporary and left <= fallbacks

    def error(self) -> GatewayError:
        if self.failed:
            return self._of_attempts()
        if self.resting:
            return _of_resting(self.resting)
        error = self.refused or self.unsupported
        assert error is not None, "there is a candidate, so it was tried or refused"
        return error

    def _of_attempts(self) -> GatewayError:
        """A provider's own words where they say more than ours, else what went wrong with each."""
        failures = [failed for _, failed in self.failed]
        what = {failed.failure for failed in failures}
        if self.is_at_fault:
            return _passed_on(failures[-1])
        if what == {Failure.RATE_LIMITED}:
            return _rate_limited(self.failed, self.resting)
        is_told = all(TABLE[failure].is_passed_on for failure in what)
        if is_told and not self.resting:
            lasting = [each for each in failures if each.failure is not Failure.RATE_LIMITED]
            temporary = [each for each in failures if each.failure is Failure.RATE_LIMITED]
            return _passed_on((temporary or lasting)[0])
        if what <= CREDENTIAL:
            return UpstreamFailed(message=_credential_message(self.failed[0][0]))
        words = "; ".join(_words(deployment, failed) for deployment, failed in self.failed)
        if failures[-1].timed_out:
            return UpstreamTimeout(f"No provider answered in time: {words}.")
        return UpstreamFailed(message=f"No provider answered: {words}. Try again later.")


def _passed_on(failed: AttemptFailed) -> GatewayError:
    is_rate = failed.failure is Failure.RATE_LIMITED
    seconds = failed.retry_after_seconds
    return UpstreamRefused(
        failed.status or 0,
        failed.refusal or b"",
        code="upstream_rate_limited" if is_rate else "upstream_refused",
        headers={} if seconds is None else _retry_after(seconds),
    )


def _rate_limited(
    failed: Sequence[tuple[Deployment, AttemptFailed]], resting: Sequence[DeploymentCircuit]
) -> GatewayError:
    """The first one's own words; come back when the first of them all has room again."""
    first = failed[0][1]
    waits = [each.retry_after_seconds for _, each in failed]
    told = [wait for wait in waits if wait is not None]
    if not resting and told:
        first.retry_after_seconds = min(told)
    return _passed_on(first)


def _of_resting(resting: Sequence[DeploymentCircuit]) -> GatewayError:
    """Nobody was asked: all that could be are left alone for a while."""
    now = time.monotonic()
    wait = max(1.0, min(circuit.rest_seconds(now) for circuit in resting))
    reasons = {circuit.reason for circuit in resting}
    names = ", ".join(f"'{name}'" for name in {each.deployment.provider.id for each in resting})
    if reasons == {Reason.RATE}:
        return RateLimited(
            "upstream_rate_limited",
            f"The rate limit of {names} is reached.",
            retry_after_seconds=wait,
        )
    if reasons == {Reason.CREDENTIAL}:
        return UpstreamFailed(message=_credential_message(resting[0].deployment))
    error = UpstreamFailed(
        message=f"{names} failed repeatedly and is not called for a moment. Try again in "
        f"{math.ceil(wait)} seconds."
    )
    error.headers.update(_retry_after(wait))
    return error


def _credential_message(deployment: Deployment) -> str:
    return (
        f"The provider '{deployment.provider.id}' refused the gateway's credential for "
        f"'{deployment.id}'; an administrator must renew it, or give it access to the model."
    )


def _words(deployment: Deployment, failed: AttemptFailed) -> str:
    status = failed.status
    words = WORDS.get(failed.failure) or f"answered {status}"
    return f"'{deployment.id}' {words}"


def _retry_after(seconds: float) -> dict[str, str]:
    return {"retry-after": str(math.ceil(seconds))}
