"""Callbacks at a fixed rate with the kernel's precision: event loops round to milliseconds."""

import asyncio
import ctypes
import os
from collections.abc import Callable

CLOCK_MONOTONIC = 1
TFD_TIMER_ABSTIME = 1
PERIOD_SECONDS_MIN = 0.00025


class _Time(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

    @classmethod
    def of(cls, seconds: float) -> "_Time":
        return cls(int(seconds), int(seconds % 1 * 1e9))


class _Timer(ctypes.Structure):
    _fields_ = [("interval", _Time), ("first", _Time)]


class Ticker:
    """Calls back from `start` (monotonic seconds) on, once a period; late ticks come as one."""

    def __init__(self, start: float, period: float, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._loop = asyncio.get_running_loop()
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = _checked(
            libc.timerfd_create(CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        )
        timer = _Timer(_Time.of(max(period, PERIOD_SECONDS_MIN)), _Time.of(start))
        arguments = (self._descriptor, TFD_TIMER_ABSTIME, ctypes.byref(timer), None)
        _checked(libc.timerfd_settime(*arguments))
        self._loop.add_reader(self._descriptor, self._tick)

    def stop(self) -> None:
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _tick(self) -> None:
        os.read(self._descriptor, 8)
        self._callback()


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
