"""Runs a program that dies with its parent: `leash.py PARENT_PID PROGRAM ARGUMENTS…`.

A supervisor that is killed cannot stop its children any more; on Linux the kernel does it for us.
This small program asks for that and then becomes the real one, which keeps the arrangement.
Elsewhere it only becomes the real one.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:
        os.execv(command[0], command)


def command_line(command: list[str]) -> list[str]:
    """How to run `command` as a child of this process that does not outlive it."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
