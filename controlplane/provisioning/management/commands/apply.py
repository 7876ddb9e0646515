"""`manage.py apply FILE`: makes the configuration what a file says, and prints what changed."""

import gc
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from controlplane.errors import DomainError
from controlplane.provisioning import printing
from controlplane.provisioning.changes import Action
from controlplane.provisioning.problems import ConfigurationWrong, Place, Problem
from controlplane.provisioning.progress import Progress, ShownProgress, no_progress
from controlplane.provisioning.reading import FILE_BYTES_MAX, Format
from controlplane.provisioning.services import OPERATOR, Applied, Options, apply_configuration
from controlplane.provisioning.sources import OwnSources

FILE_WRONG = 2
# What is applied before anybody would look needs no progress.
BYTES_AT_A_GLANCE = 50_000
STANDARD_INPUT = "-"


class Command(BaseCommand):
    """Exits 0, 2 when the file is wrong, or 1 when it could not be applied now."""

    help = "Creates and changes what a YAML or JSON file describes: all of it, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="YAML, or JSON; - is standard input")
        parser.add_argument("--dry-run", action="store_true", help="print the plan, change nothing")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="remove what the file leaves out, in its sections and of its customers",
        )
        parser.add_argument("--json", action="store_true", help="print the plan as JSON")

    def handle(self, *args: Any, file: str, dry_run: bool, prune: bool, **given: Any) -> None:
        # What is read stays until the end, so looking for garbage in it only takes time.
        gc.disable()
        progress: Progress = no_progress
        shown = ShownProgress(sys.stderr)
        try:
            content = _content(file)
            progress = shown if len(content) > BYTES_AT_A_GLANCE else no_progress
            applied = apply_configuration(
                content,
                Format.JSON if file.endswith(".json") else Format.YAML,
                OPERATOR,
                Options(dry_run, prune, OwnSources()),
                progress,
            )
        except ConfigurationWrong as error:
            shown.end()
            self._refuse(error, as_json=given["json"])
        except DomainError as error:
            shown.end()
            raise CommandError(error.message) from error
        finally:
            gc.enable()
        shown.end()
        self._show(applied, as_json=given["json"])

    def _show(self, applied: Applied, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(applied.as_json(), indent=2))
            return
        for line in printing.plan_lines(applied, self._paint):
            self.stdout.write(line)
        for line in printing.secret_lines(applied):
            self.stdout.write(line)

    def _refuse(self, error: ConfigurationWrong, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(printing.problems_as_json(error), indent=2))
        else:
            for line in printing.problem_lines(error):
                self.stderr.write(line)
        sys.exit(FILE_WRONG)

    def _paint(self, action: Action, line: str) -> str:
        paint = {
            Action.CREATE: self.style.SUCCESS,
            Action.UPDATE: self.style.WARNING,
            Action.REMOVE: self.style.ERROR,
        }
        return str(paint[action](line))


def _content(file: str) -> bytes:
    """What is in the file, up to one byte more than is read of any. Raises `ConfigurationWrong`."""
    try:
        if file == STANDARD_INPUT:
            return sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
        with Path(file).open("rb") as opened:
            return opened.read(FILE_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is not one"
        message = f"{file} cannot be read: {reason}."
        raise ConfigurationWrong([Problem(Place(0, 0), message)]) from error
