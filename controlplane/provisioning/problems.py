"""What is wrong with a configuration file: every problem with its place, all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from controlplane.errors import DomainError

PROBLEMS_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file, both from 1 on, and its path there: `teams[0].id`.

    Line 0 stands for the file as a whole. `file` is said where there are several.
    """

    line: int
    column: int
    path: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One sentence about one place."""

    place: Place
    message: str

    def __str__(self) -> str:
        place = self.place
        where = f"{place.file}: " if place.file else ""
        where += f"line {place.line}, column {place.column}: " if place.line else ""
        path = f"{place.path}: " if place.path else ""
        return f"{where}{path}{self.message}"


class ConfigurationWrong(DomainError):
    """The file is wrong, and nothing was changed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        every = sorted(set(problems))
        self.problems = every[:PROBLEMS_SHOWN_MAX]
        self.problems_left_out = len(every) - len(self.problems)
        more = f" (and {len(every) - 1} more)" if len(every) > 1 else ""
        super().__init__("invalid_configuration", f"{every[0]}{more}", self._by_path())

    def _by_path(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for problem in self.problems:
            words = f"line {problem.place.line}, column {problem.place.column}: {problem.message}"
            found.setdefault(problem.place.path or "file", []).append(words)
        return found


class NotAllowed(DomainError):
    """Whoever applies it may not change what it changes."""

    def __init__(self, resources: Iterable[str]) -> None:
        names = ", ".join(sorted(set(resources)))
        super().__init__("permission_denied", f"Your role may not change: {names}.")
