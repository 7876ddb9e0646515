"""Taking over what a peer was told: translated, then applied as any file is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from controlplane.moving_in.coverage import Coverage, Finding
from controlplane.moving_in.wanted import Wanted
from controlplane.provisioning.problems import ConfigurationWrong
from controlplane.provisioning.progress import Progress, no_progress
from controlplane.provisioning.services import OPERATOR, Applied, Options, apply_desired


class Source(Protocol):
    """A peer's files, read and translated."""

    @property
    def coverages(self) -> Sequence[Coverage]: ...

    @property
    def wanted(self) -> Wanted: ...


@dataclass(frozen=True, slots=True)
class MovedIn:
    """What was changed, or would be, and what became of each field."""

    applied: Applied
    findings: list[Finding]


def move_in(source: Source, options: Options, progress: Progress = no_progress) -> MovedIn:
    """Raises `ConfigurationWrong` with all that is wrong, and then nothing was changed."""
    problems = [problem for each in source.coverages for problem in each.problems]
    desired = source.wanted.desired(problems, options.sources)
    if problems:
        raise ConfigurationWrong(problems)
    applied = apply_desired(desired, OPERATOR, options, progress)
    return MovedIn(applied, [one for each in source.coverages for one in each.findings()])
