"""`manage.py cache_report`: the semantic cache judged on labelled pairs."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dataplane.caching.judgement.embedder import LocalEmbedder
from dataplane.caching.judgement.evidence import TARGET_DEFAULT
from dataplane.caching.report.judging import judge_pairs
from dataplane.caching.report.pairs import PairsUnusable, read_pairs
from dataplane.caching.report.plot import draw
from dataplane.caching.report.policies import report


class Command(BaseCommand):
    """Needs no database: the judgement is pure, and runs here as it does in the data plane."""

    help = "Judges pairs of questions (stored,asked,same) and prints what each policy serves."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file with columns stored, asked, same")
        parser.add_argument(
            "--target-error",
            type=_share,
            default=TARGET_DEFAULT,
            help="the share of wrong answers that the learned threshold may serve (0.05)",
        )
        parser.add_argument("--plot", type=Path, help="draw the curves into this file, as in x.png")

    def handle(
        self, *args: Any, file: Path, target_error: float, plot: Path | None, **options: Any
    ) -> None:
        try:
            pairs = read_pairs(file)
        except PairsUnusable as error:
            raise CommandError(str(error), returncode=2) from error
        result = report(judge_pairs(pairs, LocalEmbedder()), target_error)
        if plot is not None:
            try:
                draw(result, plot)
            except (OSError, ValueError) as error:
                raise CommandError(f"{plot} cannot be drawn: {error}", returncode=2) from error
        self.stdout.write(json.dumps(result, indent=1))


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0.0 < share < 1.0:
        raise ArgumentTypeError(f"'{text}' is not a share between 0 and 1, as in 0.05")
    return share
