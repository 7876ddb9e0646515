"""`manage.py import_litellm FILE…`: takes over what LiteLLM's proxy was told."""

from argparse import ArgumentParser
from typing import Any

from controlplane.moving_in.commands import MoveInCommand
from controlplane.moving_in.litellm.source import LiteLLM


class Command(MoveInCommand):
    help = "Reads LiteLLM's config.yaml, and exports of its keys, teams and budgets."
    customer = "litellm"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", metavar="FILE", nargs="+", help="YAML, JSON, JSONL or CSV")
        super().add_arguments(parser)

    def handle(self, *args: Any, files: list[str], **given: Any) -> None:
        self.move_in(files, LiteLLM, given)
