"""`manage.py anomaly_report`: what is unusual in series that a file holds."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.anomalies.gridding import Gaps
from billing.anomalies.reports import report
from billing.anomalies.series_files import SeriesFileError


class Command(BaseCommand):
    """Runs the anomaly detector as if each row had just come, and prints what it found."""

    help = "Prints the anomalies in a CSV file (series,at,value) as a JSON list of events."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV with the columns series, at and value")
        parser.add_argument(
            "--gaps",
            type=Gaps,
            choices=list(Gaps),
            default=Gaps.AUTO,
            help="what a missing row means; by default that is told from the file",
        )

    def handle(self, *args: Any, file: Path, gaps: Gaps, **options: Any) -> None:
        try:
            with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
                events, problems = report(lines, gaps)
        except (OSError, SeriesFileError) as error:
            raise CommandError(f"{file}: {error}") from None
        for problem in problems:
            self.stderr.write(problem)
        lines_out = ",\n".join(" " + json.dumps(event) for event in events)
        self.stdout.write(f"[\n{lines_out}\n]" if events else "[]")
