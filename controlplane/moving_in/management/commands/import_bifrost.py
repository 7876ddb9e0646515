"""`manage.py import_bifrost FILE`: takes over what Bifrost was told."""

from argparse import ArgumentParser
from typing import Any

from controlplane.moving_in.bifrost.source import Bifrost
from controlplane.moving_in.commands import MoveInCommand


class Command(MoveInCommand):
    help = "Reads Bifrost's config.json: its providers and governance."
    customer = "bifrost"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="config.json")
        super().add_arguments(parser)

    def handle(self, *args: Any, file: str, **given: Any) -> None:
        self.move_in([file], Bifrost, given)
