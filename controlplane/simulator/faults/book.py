"""The faults that are scripted now, and which of them a request meets."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from controlplane.simulator.faults.fault import Fault

RULES_MAX = 100


@dataclass
class Rule:
    """A fault, and whom it befalls. What is None says nothing."""

    id: str
    fault: Fault
    dialect: str | None = None
    path: str | None = None
    model: str | None = None
    probability: float = 1.0
    times: int | None = None
    until: float | None = None
    """By the monotonic clock."""
    hits: int = 0

    def befalls(self, dialect: str, path: str, model: str | None) -> bool:
        return (
            self.dialect in (None, dialect)
            and self.model in (None, model)
            and (self.path is None or self.path in path)
            and (self.times is None or self.hits < self.times)
        )

    def shown(self, now: float) -> dict[str, Any]:
        left = None if self.until is None else max(0.0, round(self.until - now, 3))
        return {
            "id": self.id,
            "fault": self.fault.kind,
            "dialect": self.dialect,
            "path": self.path,
            "model": self.model,
            "status": self.fault.status,
            "retry_after": self.fault.retry_after,
            "seconds": self.fault.seconds,
            "probability": self.probability,
            "times": self.times,
            "lasts_seconds": left,
            "hits": self.hits,
        }


class Book:
    """Rules in the order they came; the first that befalls a request is the one that counts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules: dict[str, Rule] = {}
        self._numbers = count(1)
        self.clock = clock

    @property
    def is_full(self) -> bool:
        return len(self.rules) >= RULES_MAX

    @property
    def rules(self) -> list[Rule]:
        now = self.clock()
        gone = [rule.id for rule in self._rules.values() if rule.until and rule.until <= now]
        for id in gone:
            del self._rules[id]
        return list(self._rules.values())

    def add(self, fault: Fault, **whom: Any) -> Rule:
        rule = Rule(f"fault-{next(self._numbers)}", fault, **whom)
        self._rules[rule.id] = rule
        return rule

    def remove(self, id: str) -> bool:
        return self._rules.pop(id, None) is not None

    def clear(self) -> None:
        self._rules.clear()

    def find(self, dialect: str, path: str, model: str | None) -> Fault | None:
        for rule in self.rules:
            if rule.befalls(dialect, path, model) and random.random() < rule.probability:
                rule.hits += 1
                return rule.fault
        return None
