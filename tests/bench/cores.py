"""Which core is the gateway's, and which are everybody else's."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cores:
    """One core for the gateway; stub, load generator and databases share the rest."""

    gateway: int
    rest: frozenset[int]

    @classmethod
    def split(cls, available: Iterable[int] | None = None) -> "Cores":
        cores = sorted(os.sched_getaffinity(0) if available is None else available)
        return cls(cores[-1], frozenset(cores[:-1] or cores))

    def take_rest(self) -> None:
        """This process, and what it starts, keeps off the gateway's core."""
        pin([os.getpid()], self.rest)

    @contextmanager
    def all_for_children(self) -> Iterator[None]:
        """What is started in this block may use every core: a start is not what is compared."""
        pin([os.getpid()], {self.gateway, *self.rest})
        try:
            yield
        finally:
            self.take_rest()

    @property
    def are_shared(self) -> bool:
        """There is only one core, so nothing measured says much."""
        return self.gateway in self.rest


def pin(process_ids: Iterable[int], cores: Iterable[int]) -> None:
    """Every thread of these processes runs on these cores from now on, and so will new ones."""
    wanted = set(cores)
    for process_id in process_ids:
        for thread_id in _threads(process_id):
            try:
                os.sched_setaffinity(thread_id, wanted)
            except ProcessLookupError:
                continue


def _threads(process_id: int) -> list[int]:
    try:
        return [int(entry.name) for entry in Path(f"/proc/{process_id}/task").iterdir()]
    except FileNotFoundError:
        return []
