"""`manage.py up`: everything that Purser is, in one command."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from controlplane.runtime import options


class Command(BaseCommand):
    """What `manage.py help` shows; the launcher runs it before Django is loaded."""

    help = "Migrates, then runs control plane, data plane, worker and beat until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        options.add_arguments(parser)

    def handle(self, *args: Any, **given: Any) -> None:
        raise SystemExit("Start it as `manage.py up`.")
