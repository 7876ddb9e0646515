"""The time of day is the database's; the machine's own may be stepped."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from dataplane.clock import Clock


def test_a_step_of_the_machines_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    clock = Clock()
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)

    assert timedelta(0) <= clock.now() - before < timedelta(seconds=5)


def test_it_goes_on_from_what_it_is_told():
    clock = Clock()
    clock.set(datetime(2030, 1, 1, tzinfo=UTC))

    assert timedelta(0) <= clock.now() - datetime(2030, 1, 1, tzinfo=UTC) < timedelta(seconds=5)
