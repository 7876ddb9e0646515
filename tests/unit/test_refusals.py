"""What a client is told when nobody answered: who did what, and who has to act."""

from dataclasses import replace

import pytest

from dataplane.errors import InvalidRequest, Unsupported
from dataplane.failures import AttemptFailed, Failure
from dataplane.refusals import Outcome
from dataplane.routing.circuit_rules import CircuitRules
from dataplane.routing.fallback import Blame
from dataplane.routing.health import DeploymentCircuit, Health
from dataplane.snapshot.model import Deployment
from tests import estimates

FAR = estimates.deployment()
NEAR = replace(FAR, id="near/gpt-4o", provider=replace(FAR.provider, id="near"))


def failed(
    failure: Failure,
    status: int | None = None,
    words: str = "",
    retry_after: float | None = None,
    at: Deployment = FAR,
) -> tuple[Deployment, AttemptFailed]:
    failure_ = AttemptFailed(failure, status, words.encode() or None)
    failure_.retry_after_seconds = retry_after
    return at, failure_


def resting(blame: Blame, rest: float | None = None, at: Deployment = FAR) -> DeploymentCircuit:
    health = Health(CircuitRules())
    while health.is_well(at):
        ticket = health.enter(at, streamed=False, anyhow=False)
        assert ticket is not None
        health.failed(ticket, Failure.SERVER_ERROR, blame, rest)
    return health.circuit(at)


SERVER_ERROR = failed(Failure.SERVER_ERROR, 500)
CREDENTIAL = failed(Failure.CREDENTIAL_REFUSED, 401, "sk-…")
LIMITED = failed(Failure.RATE_LIMITED, 429, "far is full", 20.0)
LIMITED_NEAR = failed(Failure.RATE_LIMITED, 429, "near is full", 7.0, NEAR)
TOO_LONG = failed(Failure.REQUEST_REFUSED, 400, "too long for far")
TOO_LONG_NEAR = failed(Failure.REQUEST_REFUSED, 400, "too long for near", at=NEAR)
MISSING = failed(Failure.MODEL_MISSING, 404, "no such model", at=NEAR)
SILENT = failed(Failure.FIRST_BYTE_TIMEOUT, at=NEAR)


@pytest.mark.parametrize(
    ("attempts", "status", "code", "words"),
    [
        ([SERVER_ERROR], 502, "upstream_failed", "'far/gpt-4o' answered 500"),
        ([SERVER_ERROR, SILENT], 504, "upstream_timeout", "'near/gpt-4o' did not begin to answer"),
        ([SILENT, SERVER_ERROR], 502, "upstream_failed", "'near/gpt-4o' did not begin to answer"),
        ([CREDENTIAL], 502, "upstream_failed", "an administrator must renew it"),
        ([CREDENTIAL, SERVER_ERROR], 502, "upstream_failed", "refused the gateway's credential;"),
        ([LIMITED], 429, "upstream_rate_limited", "far is full"),
        ([LIMITED, LIMITED_NEAR], 429, "upstream_rate_limited", "far is full"),
        ([LIMITED, MISSING], 429, "upstream_rate_limited", "far is full"),
        ([LIMITED, SERVER_ERROR], 502, "upstream_failed", "'far/gpt-4o' answered 429"),
        ([TOO_LONG, TOO_LONG_NEAR], 400, "upstream_refused", "too long for far"),
        ([TOO_LONG, MISSING], 400, "upstream_refused", "too long for far"),
        ([TOO_LONG, SERVER_ERROR], 502, "upstream_failed", "'far/gpt-4o' answered 400"),
        ([MISSING], 404, "upstream_refused", "no such model"),
    ],
)
def test_the_attempts_say_what_is_told(
    attempts: list[tuple[Deployment, AttemptFailed]], status: int, code: str, words: str
):
    error = Outcome(failed=attempts).error()

    told = getattr(error, "body", b"").decode() or error.message
    assert (error.answered_status, error.code) == (status, code)
    assert words in told


def test_a_refusal_of_the_request_itself_is_told_whatever_came_before():
    outcome = Outcome(failed=[SERVER_ERROR, TOO_LONG_NEAR], is_at_fault=True)

    assert outcome.error().body == b"too long for near"


def test_come_back_when_the_first_of_all_has_room_again():
    error = Outcome(failed=[LIMITED, LIMITED_NEAR]).error()

    assert error.headers["retry-after"] == "7"


def test_nobody_was_asked_since_all_are_down():
    error = Outcome(resting=[resting(Blame.DEPLOYMENT)]).error()

    assert (error.answered_status, error.code) == (502, "upstream_failed")
    assert error.headers["retry-after"] == "1"
    assert "failed repeatedly" in error.message


def test_nobody_was_asked_since_all_have_had_enough():
    error = Outcome(resting=[resting(Blame.RATE, 30), resting(Blame.RATE, 9, NEAR)]).error()

    assert (error.answered_status, error.code) == (429, "upstream_rate_limited")
    assert error.headers["retry-after"] == "9"


def test_nobody_was_asked_since_a_credential_was_refused():
    error = Outcome(resting=[resting(Blame.CREDENTIAL)]).error()

    assert "an administrator must renew it" in error.message


def test_what_is_down_may_be_back_soon_so_a_refusal_of_another_is_not_the_last_word():
    error = Outcome(failed=[MISSING], resting=[resting(Blame.DEPLOYMENT)]).error()

    assert error.answered_status == 502


def test_money_comes_before_what_cannot_be_told():
    refused, unsupported = InvalidRequest("model_unpriced", ""), Unsupported("x", "")

    assert Outcome(refused=refused, unsupported=unsupported).error() is refused
    assert Outcome(unsupported=unsupported).error() is unsupported
