"""`manage.py import_usage FILE`: past usage of another gateway, so that reports reach back."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from billing.money import format_usd
from controlplane.errors import DomainError
from controlplane.moving_in.commands import FILE_WRONG, content_of
from controlplane.moving_in.models import UsageImport
from controlplane.moving_in.report import report_as_json, report_lines
from controlplane.moving_in.usage import services
from controlplane.moving_in.usage.services import Looked, UsageFile
from controlplane.provisioning import printing
from controlplane.provisioning.problems import ConfigurationWrong, Place, Problem
from controlplane.provisioning.progress import ShownProgress
from controlplane.provisioning.reading import Format, read_tree
from controlplane.provisioning.values import Wrong, text
from controlplane.validators import validate_timezone

STRANGERS_SHOWN_MAX = 10


class Command(BaseCommand):
    """Exits 0, or 2 when the file or its mapping is wrong; then nothing was imported."""

    help = "Books past usage from CSV or JSON lines; reports reach back, budgets are not touched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?", help="CSV, or a JSON object a line")
        parser.add_argument("--apply", action="store_true", help="do it; without it, only look")
        parser.add_argument("--json", action="store_true", help="print what was found as JSON")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="cost_usd=spend, at=startTime, metadata.KEY=legacy_code, …; over what is known",
        )
        parser.add_argument("--mapping", metavar="YAML", help="the same as a file: {FIELD: COLUMN}")
        parser.add_argument("--customer", default="", help="whose the rows are that name none")
        parser.add_argument("--timezone", default="UTC", help="that of times without one")
        parser.add_argument("--skip-bad", action="store_true", help="leave rows that are wrong")
        parser.add_argument("--undo", type=int, metavar="BATCH", help="take an import out again")

    def handle(self, *args: Any, file: str | None, undo: int | None, **given: Any) -> None:
        self._progress = ShownProgress(sys.stderr)
        try:
            if undo is not None:
                self._undo(undo)
            elif file is None:
                raise CommandError("Name a FILE, or --undo BATCH.")
            else:
                self._import(_usage_file(file, given), given)
        except ConfigurationWrong as error:
            self._progress.end()
            self._refuse(error, as_json=given["json"])
        except DomainError as error:
            raise CommandError(error.message) from error

    def _import(self, file: UsageFile, given: dict[str, Any]) -> None:
        looked = services.look(file, self._progress)
        is_applied = given["apply"]
        batch = services.import_usage(file, looked, self._progress) if is_applied else None
        self._progress.end()
        if given["json"]:
            self.stdout.write(json.dumps(_as_json(file, looked, batch, is_applied), indent=2))
            return
        for line in [*_lines(file, looked), _outcome(looked, batch, is_applied=is_applied)]:
            self.stdout.write(line)

    def _undo(self, number: int) -> None:
        batch = UsageImport.objects.filter(pk=number).first()
        if batch is None:
            raise CommandError(f"There is no import {number}.")
        records = services.undo_import(batch, self._progress)
        self._progress.end()
        self.stdout.write(f"{records:,} records of import {number} were taken out of the books.")

    def _refuse(self, error: ConfigurationWrong, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(printing.problems_as_json(error), indent=2))
        else:
            for line in printing.problem_lines(error):
                self.stderr.write(line)
        sys.exit(FILE_WRONG)


def _usage_file(file: str, given: dict[str, Any]) -> UsageFile:
    try:
        validate_timezone(given["timezone"])
    except Exception as error:
        raise CommandError("Not a time zone: use a name such as Europe/Berlin.") from error
    mapped = _mapping_in(given["mapping"]) if given["mapping"] else {}
    for each in given["map"]:
        name, equals, column = each.partition("=")
        if not equals:
            raise CommandError(f"--map is FIELD=COLUMN, not '{each}'.")
        mapped[name] = column
    zone = ZoneInfo(given["timezone"])
    return UsageFile(Path(file), mapped, zone, given["customer"], given["skip_bad"])


def _mapping_in(file: str) -> dict[str, str]:
    top, problems = read_tree(content_of(file).content, Format.YAML)
    mapped = {}
    for name, (_, node) in top.pairs.items():
        try:
            mapped[name] = text(node)
        except Wrong as wrong:
            problems.append(Problem(Place(node.line, node.column, name), wrong.message))
    if problems:
        raise ConfigurationWrong(problems)
    return mapped


def _lines(file: UsageFile, looked: Looked) -> Iterator[str]:
    yield from report_lines(services.findings(file, looked))
    yield ""
    if looked.bad_rows:
        yield f"{looked.bad_rows:,} rows are wrong and left out:"
        yield from (f"  {printing.printable(str(each))}" for each in looked.problems[:20])
    if unknown := services.strangers(looked):
        more = f" and {len(unknown) - STRANGERS_SHOWN_MAX:,} more"
        shown = ", ".join(unknown[:STRANGERS_SHOWN_MAX])
        yield f"Not configured here: customers {shown}{more if len(unknown) > 10 else ''}."
    if looked.unknown_keys:
        yield f"{looked.unknown_keys:,} rows are of virtual keys that are not here."


def _outcome(looked: Looked, batch: UsageImport | None, *, is_applied: bool) -> str:
    days = f"{min(looked.days)} to {max(looked.days)}" if looked.days else "no day"
    found = f"{looked.good_rows:,} records, {format_usd(looked.cost_usd)} USD, {days}"
    if not is_applied:
        return f"{found}. Nothing was changed: --apply does it."
    if batch is None:
        return f"{found}: all of them were in the books already."
    return f"{found}: {batch.records:,} were new. --undo {batch.id} takes them out again."


def _as_json(
    file: UsageFile, looked: Looked, batch: UsageImport | None, is_applied: bool
) -> dict[str, Any]:
    return {
        "dry_run": not is_applied,
        "batch": batch.id if batch else None,
        "rows": looked.rows,
        "bad_rows": looked.bad_rows,
        "new_records": batch.records if batch else 0,
        "cost_usd": format_usd(looked.cost_usd),
        "first_day": min(looked.days) if looked.days else None,
        "last_day": max(looked.days) if looked.days else None,
        "unknown_customers": services.strangers(looked),
        "unknown_keys": looked.unknown_keys,
        "problems": [str(each) for each in looked.problems],
        "coverage": report_as_json(services.findings(file, looked)),
    }
