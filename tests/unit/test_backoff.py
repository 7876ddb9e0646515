"""How long a process that died has to wait."""

from controlplane.runtime.supervision.backoff import Backoff


def test_doubles_the_wait_with_every_death() -> None:
    backoff = Backoff(first_seconds=0.2)

    assert [backoff.after(1) for _ in range(4)] == [0.2, 0.4, 0.8, 1.6]


def test_never_waits_longer_than_the_limit() -> None:
    backoff = Backoff(first_seconds=1, seconds_max=5)

    assert [backoff.after(0) for _ in range(5)] == [1, 2, 4, 5, 5]


def test_starts_over_after_a_process_that_lived_for_a_while() -> None:
    backoff = Backoff(first_seconds=1, healthy_after_seconds=60)
    backoff.after(0)
    backoff.after(0)

    assert backoff.after(60) == 1
    assert backoff.after(59) == 2
