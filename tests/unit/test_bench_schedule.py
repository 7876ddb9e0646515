"""The open loop of the benchmark: calls are due on time, and waiting counts as latency."""

import pytest

from tests.bench.exchange import Call
from tests.bench.load.loops import Sender
from tests.bench.load.replies import WholeReply
from tests.bench.load.schedule import Schedule


@pytest.fixture
def schedule() -> Schedule:
    return Schedule(start=1000.0, rate=500.0, total=10)


def test_the_first_call_is_due_at_the_start_and_none_before(schedule: Schedule):
    assert schedule.due_by(999.99) == 0
    assert schedule.due_by(1000.0) == 1


def test_calls_are_evenly_apart(schedule: Schedule):
    assert [schedule.due(place) for place in range(3)] == pytest.approx([1000, 1000.002, 1000.004])


def test_as_many_are_due_as_periods_have_passed(schedule: Schedule):
    assert schedule.due_by(1000.0019) == 1
    assert schedule.due_by(1000.002) == 2
    assert schedule.due_by(1000.011) == 6


def test_a_call_is_due_at_its_own_moment_at_any_rate():
    for rate in (3, 7, 500, 1999, 2000):
        long = Schedule(start=123_456.789, rate=rate, total=5000)
        assert all(long.due_by(long.due(place)) == place + 1 for place in range(5000))


def test_no_more_are_due_than_there_are(schedule: Schedule):
    assert schedule.due_by(2000.0) == 10


def test_a_late_tick_sends_everything_that_is_due_with_its_own_moment(schedule: Schedule):
    sent: list[float] = []
    sender = Sender(schedule, sent.append)
    sender.send_until(1000.0)
    sender.send_until(1000.0071)
    assert sent == pytest.approx([1000, 1000.002, 1000.004, 1000.006])
    assert sender.lateness == pytest.approx([0, 0.0051, 0.0031, 0.0011])
    assert not sender.all_sent.is_set()
    sender.send_until(1001.0)
    assert len(sent) == 10
    assert sender.all_sent.is_set()


def test_latency_counts_from_the_moment_the_call_was_due():
    reply = WholeReply(Call(1), due=1000.0)
    reply.ended = 1000.25
    assert reply.latency == 0.25
