"""What the commands that move in have in common: options, reading, printing, exit codes."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from controlplane.errors import DomainError
from controlplane.moving_in.files import PeerFile
from controlplane.moving_in.report import report_as_json, report_lines
from controlplane.moving_in.services import MovedIn, Source, move_in
from controlplane.provisioning import printing
from controlplane.provisioning.problems import ConfigurationWrong, Place, Problem
from controlplane.provisioning.progress import ShownProgress
from controlplane.provisioning.reading import FILE_BYTES_MAX
from controlplane.provisioning.services import Options
from controlplane.provisioning.sources import OwnSources

FILE_WRONG = 2


class MoveInCommand(BaseCommand):
    """Exits 0, 2 when a file is wrong, or 1 when it could not be applied now."""

    customer = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="do it; without it, only look")
        parser.add_argument("--json", action="store_true", help="print plan and report as JSON")
        parser.add_argument(
            "--customer",
            default=self.customer,
            help=f"whose the keys and teams are that name none (default: {self.customer})",
        )

    def move_in(self, files: list[str], source: Any, given: dict[str, Any]) -> None:
        shown = ShownProgress(sys.stderr)
        try:
            contents = [content_of(file) for file in files]
            translated: Source = source(contents, given["customer"], OwnSources())
            options = Options(dry_run=not given["apply"], sources=OwnSources())
            moved = move_in(translated, options, shown)
        except ConfigurationWrong as error:
            shown.end()
            self._refuse(error, as_json=given["json"])
        except DomainError as error:
            shown.end()
            raise CommandError(error.message) from error
        shown.end()
        self._show(moved, as_json=given["json"])

    def _show(self, moved: MovedIn, *, as_json: bool) -> None:
        if as_json:
            found = {**moved.applied.as_json(), "coverage": report_as_json(moved.findings)}
            self.stdout.write(json.dumps(found, indent=2))
            return
        for line in _lines(moved):
            self.stdout.write(line)

    def _refuse(self, error: ConfigurationWrong, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(printing.problems_as_json(error), indent=2))
        else:
            for line in printing.problem_lines(error):
                self.stderr.write(line)
        sys.exit(FILE_WRONG)


def _lines(moved: MovedIn) -> Iterator[str]:
    yield from report_lines(moved.findings)
    yield ""
    yield from printing.plan_lines(moved.applied, lambda _, line: line)
    yield from printing.secret_lines(moved.applied)
    if moved.applied.is_dry_run and not moved.applied.plan.is_empty:
        yield "Nothing was changed: --apply does it."


def content_of(file: str) -> PeerFile:
    """What is in it, up to one byte more than is read of any. Raises `ConfigurationWrong`."""
    name = Path(file).name
    try:
        with Path(file).open("rb") as opened:
            return PeerFile(name, opened.read(FILE_BYTES_MAX + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is not one"
        problem = Problem(Place(0, 0), f"{file} cannot be read: {reason}.")
        raise ConfigurationWrong([problem]) from error
