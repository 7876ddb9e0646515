"""The table of what a failed attempt means: complete, and right where it matters most."""

import pytest

from dataplane.failures import Failure, failure_of, public_code
from dataplane.routing.fallback import TABLE, Blame, is_particular
from dataplane.routing.retries import comes_right_back, wait_seconds


def test_every_failure_is_in_the_table():
    assert set(TABLE) == set(Failure)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (302, Failure.REDIRECTED),
        (400, Failure.REQUEST_REFUSED),
        (401, Failure.CREDENTIAL_REFUSED),
        (402, Failure.CREDENTIAL_REFUSED),
        (403, Failure.FORBIDDEN),
        (404, Failure.MODEL_MISSING),
        (407, Failure.CREDENTIAL_REFUSED),
        (408, Failure.REQUEST_TIMEOUT),
        (409, Failure.CONFLICT),
        (413, Failure.REQUEST_REFUSED),
        (418, Failure.REQUEST_REFUSED),
        (422, Failure.REQUEST_REFUSED),
        (424, Failure.SERVER_ERROR),
        (425, Failure.TOO_EARLY),
        (429, Failure.RATE_LIMITED),
        (500, Failure.SERVER_ERROR),
        (502, Failure.SERVER_ERROR),
        (503, Failure.OVERLOADED),
        (529, Failure.OVERLOADED),
        (599, Failure.SERVER_ERROR),
    ],
)
def test_statuses_have_their_meaning(status: int, failure: Failure):
    assert failure_of(status) is failure


def test_only_what_is_about_the_request_is_answered_at_once():
    answered = {failure for failure, rule in TABLE.items() if not rule.falls_back}

    assert answered == {Failure.REQUEST_REFUSED, Failure.TOTAL_TIMEOUT}


def test_no_circuit_minds_what_clients_cause():
    unblamed = {failure for failure, rule in TABLE.items() if rule.blame is Blame.NOBODY}

    assert {Failure.REQUEST_REFUSED, Failure.MODEL_MISSING, Failure.CONFLICT} <= unblamed


def test_what_took_its_whole_patience_is_not_asked_again():
    for failure in (Failure.FIRST_BYTE_TIMEOUT, Failure.CHUNK_TIMEOUT, Failure.TOTAL_TIMEOUT):
        assert not TABLE[failure].retries


def test_clients_are_told_of_two_kinds_of_failure():
    assert public_code(Failure.CHUNK_TIMEOUT) == "upstream_timeout"
    assert public_code(Failure.OVERLOADED) == "upstream_failed"


@pytest.mark.parametrize(
    ("refusal", "particular"),
    [
        (b'{"error": {"code": "context_length_exceeded", "message": "too long"}}', True),
        (b'{"error": {"message": "prompt is too long: 210000 tokens > 200000 maximum"}}', True),
        (b'{"error": {"code": "unsupported_parameter"}}', True),
        (b'{"message": "Input is too long for requested model."}', True),
        (b'{"error": {"message": "Invalid value: \'rolle\'. Supported values are: "}}', False),
        (b"", False),
        (None, False),
    ],
)
def test_a_refusal_may_be_about_one_model_alone(refusal: bytes | None, particular: bool):
    assert is_particular(refusal, is_translated=False) is particular


def test_what_was_translated_may_be_fine_elsewhere():
    assert is_particular(b"no", is_translated=True)


@pytest.mark.parametrize(
    ("retry_after", "left", "wait"),
    [
        (None, 60.0, 0.25),
        (0.0, 60.0, 0.0),
        (2.0, 60.0, 2.1),
        (5.0, 60.0, 5.25),
        (5.1, 60.0, None),
        (86_400.0, 60.0, None),
        (2.0, 2.0, None),
        (None, 0.1, None),
        (None, -1.0, None),
    ],
)
def test_a_retry_waits_as_asked_and_never_past_the_deadline(
    retry_after: float | None, left: float, wait: float | None
):
    assert wait_seconds(retry_after, 0.5, left) == wait


def test_a_backoff_is_all_chance():
    assert wait_seconds(None, 0.0, 60.0) == 0.0
    assert wait_seconds(None, 1.0, 60.0) == 0.5


def test_who_says_to_come_right_back_is_asked_again():
    assert comes_right_back(0.2)
    assert not comes_right_back(1.0)
    assert not comes_right_back(None)
