"""A time limit for the waits of one task, one after the other, at the price of one timer.

`asyncio.timeout` sets a timer for each wait, which costs more than most waits take. Here a wait
only says until when it may last; the timer, when it rings, looks that up and sets itself again, at
most a tick ahead, so that a shorter limit than the last needs no other timer.
"""

import asyncio
from types import TracebackType

TICK_SECONDS = 1.0


class Alarm:
    """`with alarm.until(when): await …` raises `TimeoutError` if that took too long.

    One wait at a time. `when` is a time of the event loop's clock. `off` ends it for good.
    """

    __slots__ = ("_cancelling", "_has_rung", "_rings_at", "_task", "_timer", "_when")

    def __init__(self) -> None:
        self._timer: asyncio.Handle | None = None
        self._rings_at = 0.0
        self._task: asyncio.Task[object] | None = None
        self._when = 0.0
        self._has_rung = False
        self._cancelling = 0

    def until(self, when: float) -> "Alarm":
        self._when = when
        timer = self._timer
        if timer is None:
            self._set()
        elif self._rings_at > when:
            timer.cancel()
            self._set()
        return self

    def within(self, seconds: float) -> "Alarm":
        return self.until(asyncio.get_running_loop().time() + seconds)

    def hasten(self, when: float) -> None:
        """The wait that is on, if one is, may last no longer than this."""
        if self._task is not None and when < self._when:
            self.until(when)

    def off(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __enter__(self) -> None:
        self._task = task = asyncio.current_task()
        assert task is not None, "an alarm wakes a task"
        self._has_rung = False
        self._cancelling = task.cancelling()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if not self._has_rung or task is None:
            return
        # Somebody else may have cancelled the task, too; then that goes on.
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _set(self) -> None:
        loop = asyncio.get_running_loop()
        self._rings_at = min(self._when, loop.time() + TICK_SECONDS)
        self._timer = loop.call_at(self._rings_at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if asyncio.get_running_loop().time() < self._when:
            self._set()
        elif not self._has_rung:
            self._has_rung = True
            self._task.cancel()
