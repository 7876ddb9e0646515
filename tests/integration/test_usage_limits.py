"""A report that takes too long ends with a refusal that says what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from django.test import override_settings

from tests.builders import usage_record
from tests.personas import Caller


@contextmanager
def out_of_reach(url: str, table: str) -> Iterator[None]:
    """Whoever reads the table in this block waits."""
    with psycopg.connect(url) as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("usage", "usage_usagerecord"),
        ("usage/summary?group_by=customer", "usage_rollup"),
        ("usage/export", "usage_usagerecord"),
    ],
)
@override_settings(REPORT_SECONDS_MAX=0.1)
def test_a_report_that_takes_too_long_is_refused(database, alice: Caller, path, table):
    usage_record()

    with out_of_reach(database, table):
        answer = alice.get(path)

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["fields"]) == ("report_too_slow", {})
    assert "longer than 0.1 seconds" in error["message"]


@override_settings(REPORT_SECONDS_MAX=0.1)
def test_the_limit_ends_with_the_report(alice: Caller):
    usage_record()
    assert alice.get("usage/summary").status_code == 200

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_without_hurry_nothing_is_refused(alice: Caller):
    usage_record()

    assert alice.get("usage/summary").json()["total"]["requests"] == 1
