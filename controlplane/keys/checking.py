"""Would a request of a key pass? Asked of the data plane's own program for it, which stays.

How calls are judged is the data plane's to know. The program starts ahead, with the control plane
and when somebody looks at keys, or else with a question; it ends by itself after minutes without
one. It reserves nothing, calls nobody and books nothing.
"""

import atexit
import json
import logging
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from controlplane.errors import Conflict
from controlplane.keys.models import VirtualKey
from dataplane.contract.endpoints import CHAT_COMPLETIONS

PROGRAM = "dataplane.check"
ROOT = Path(__file__).resolve().parent.parent.parent
ANSWER_SECONDS_MAX = 20.0
# Questions are answered one after the other; whoever waits longer is told to come again.
WAIT_SECONDS_MAX = 5.0
ANSWER_BYTES_MAX = 1024 * 1024
START_SECONDS = 3.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """A budget of the key's path, in its window of now."""

    id: str
    owner_type: str
    owner: str
    window: str
    enforcement: str
    limit_usd: Decimal
    spent_usd: Decimal
    reserved_usd: Decimal
    remaining_usd: Decimal
    window_start: datetime
    window_end: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `python -m dataplane.check` says, in the form of its `verdict.py`; budgets are read."""

    passes: bool
    is_certain: bool
    refusal: dict[str, Any] | None
    reserves_usd: Decimal | None
    deployments: list[dict[str, Any]]
    budgets: list[BudgetLeft]
    binding_budget: BudgetLeft | None
    rate_limits: dict[str, Any]
    cheaper: list[dict[str, Any]]

    @property
    def sentence(self) -> str:
        """For people, in one or two sentences."""
        if self.refusal is not None:
            return f"Refused with {self.refusal['status']}: {self.refusal['message']}"
        asked = next(each["id"] for each in self.deployments if each["skipped"] is None)
        reserved = "nothing is" if not self.reserves_usd else f"${self.reserves_usd} are"
        left = self.binding_budget
        binding = f" {left.id} binds, with ${left.remaining_usd} left." if left else ""
        return f"It passes: {asked} is asked first, and {reserved} reserved.{binding}"


class _Program:
    """The running program, if it runs. One question at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Raises `Conflict` when there is no answer in time."""
        if not self._lock.acquire(timeout=WAIT_SECONDS_MAX):
            raise Conflict("busy", "Other requests are being checked just now: try again shortly.")
        try:
            answer: dict[str, Any] = json.loads(self._exchange(_line(question)))
        except (OSError, ValueError):
            self._end()
            raise Conflict("check_failed", "The check came to no end: see the log.") from None
        finally:
            self._lock.release()
        return answer

    def start(self) -> None:
        """Starts it if it does not run, and waits for nothing: whoever asks just now starts it."""
        if self._lock.acquire(blocking=False):
            try:
                self._running()
            except OSError:
                log.warning("the program of checks could not be started ahead", exc_info=True)
            finally:
                self._lock.release()

    def stop(self) -> None:
        with self._lock:
            self._end()

    def _exchange(self, line: bytes) -> bytes:
        """The line that it answers; what it complains of is on our stderr."""
        process = self._running()
        assert process.stdin is not None, "it was started with pipes"
        assert process.stdout is not None, "it was started with pipes"
        timer = threading.Timer(ANSWER_SECONDS_MAX, process.kill)
        timer.start()
        try:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            return process.stdout.readline(ANSWER_BYTES_MAX)
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=ROOT,
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what was not written is not missed
                    continue


def _line(question: dict[str, Any]) -> bytes:
    """As short as clients write it: what is reserved hangs on the size."""
    text = json.dumps(question, separators=(",", ":"), ensure_ascii=False)
    return text.encode(errors="replace")


_program = _Program()


def start_ahead() -> None:
    """So that the first question finds it running, where `PURSER_CHECK_STARTS_AHEAD` says so."""
    if settings.CHECK_STARTS_AHEAD:
        _program.start()


def start_soon() -> None:
    """The same, once whoever is starting now has started."""
    timer = threading.Timer(START_SECONDS, start_ahead)
    timer.daemon = True
    timer.start()


def stop() -> None:
    """Ends the program, if it runs; the next question starts another."""
    _program.stop()


atexit.register(stop)


def check_request(
    key: VirtualKey, request: dict[str, Any], *, endpoint: str = CHAT_COMPLETIONS
) -> Verdict:
    """Of a request as a client would send it. Raises `Conflict` when it cannot be told now."""
    return _ask({"virtual_key": key.id, "endpoint": endpoint, "request": request})


def check_size(
    key: VirtualKey,
    *,
    model: str,
    input_tokens: int,
    max_output_tokens: int | None = None,
    endpoint: str = CHAT_COMPLETIONS,
) -> Verdict:
    """Of a plain text of so many tokens, at four bytes each. Raises `Conflict`."""
    return _ask(
        {
            "virtual_key": key.id,
            "endpoint": endpoint,
            "model": model,
            "input_tokens": input_tokens,
            "max_output_tokens": max_output_tokens,
        }
    )


def _ask(question: dict[str, Any]) -> Verdict:
    answer = _program.ask(question)
    if answer.get("error") == "no_such_key":
        raise Conflict("no_secret", "This key has no secret, so that nobody can call with it.")
    if "verdict" not in answer:
        raise Conflict("check_failed", "The check could not be made just now: try again shortly.")
    return _verdict(answer["verdict"])


def _verdict(told: dict[str, Any]) -> Verdict:
    budgets = [_budget(each) for each in told["budgets"]]
    reserves = told["reserves_usd"]
    binding = next((each for each in budgets if each.id == told["binding_budget"]), None)
    read = {"budgets": budgets, "binding_budget": binding}
    amount = None if reserves is None else Decimal(reserves)
    return Verdict(**{**told, **read, "reserves_usd": amount})


def _budget(told: dict[str, Any]) -> BudgetLeft:
    amounts = {name: Decimal(value) for name, value in told.items() if name.endswith("_usd")}
    moments = {
        name: None if told[name] is None else datetime.fromisoformat(told[name])
        for name in ("window_start", "window_end")
    }
    return BudgetLeft(**{**told, **amounts, **moments})
