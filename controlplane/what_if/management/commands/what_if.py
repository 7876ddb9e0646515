"""`manage.py what_if`: a past period at other prices, with another model, budget or cache."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from controlplane.accounts.permissions import Principal, Role
from controlplane.errors import DomainError
from controlplane.what_if.answering import answer
from controlplane.what_if.price_files import prices_in
from controlplane.what_if.questions import read_question
from controlplane.what_if.sentences import sentences

OPERATOR = Principal(Role.ADMIN, None, "manage.py what_if")
NARROWED = ("customer", "team", "virtual_key")
LINES_SHOWN = 20


class Command(BaseCommand):
    """Answers at once, whatever the number of records; nothing is changed."""

    help = "Replays a past period otherwise: the change in cost, and what would have been refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--period", help="last-month (by default), 2026-10, 30d, …")
        parser.add_argument("--from", dest="from_", metavar="DAY", help="instead of a period")
        parser.add_argument("--to", metavar="DAY", help="the last day, included")
        parser.add_argument("--timezone", default="UTC", help="of days and months")
        parser.add_argument("--prices", metavar="FILE", help="YAML or JSON: {prices: [{model, …}]}")
        parser.add_argument("--prices-on", metavar="DAY", help="as they are, or were, on that day")
        parser.add_argument("--model", action="append", default=[], metavar="FROM=TO")
        parser.add_argument(
            "--budget",
            action="append",
            default=[],
            metavar="ID=LIMIT",
            help="a budget's id, or OWNER_TYPE:OWNER:WINDOW for one that is not there",
        )
        parser.add_argument("--cache", help="off, or the threshold of a semantic cache: 0.95")
        for name in NARROWED:
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, action="append", default=[], help="these alone")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            question = read_question(_asked(given), OPERATOR, timezone.now())
            answered = answer(question)
        except DomainError as error:
            raise CommandError(error.message) from error
        if given["json"]:
            self.stdout.write(json.dumps(answered, indent=2))
            return
        for line in (*sentences(answered), *_table(answered)):
            self.stdout.write(line)


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    asked = {
        "period": given["period"],
        "from": given["from_"],
        "to": given["to"],
        "timezone": given["timezone"],
        "prices": prices_in(Path(given["prices"])) if given["prices"] else [],
        "prices_on": given["prices_on"],
        "models": [{"from": old, "to": new} for old, new in _pairs("model", given["model"])],
        "budgets": [_budget(who, limit) for who, limit in _pairs("budget", given["budget"])],
        "cache": _cache(given["cache"]),
        **{name: given[name] for name in NARROWED},
    }
    return {name: value for name, value in asked.items() if value}


def _pairs(option: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [text.partition("=")[::2] for text in texts]
    if any(not first or not second for first, second in pairs):
        raise CommandError(f"--{option} is NAME=VALUE.")
    return pairs


def _budget(who: str, limit: str) -> dict[str, str]:
    kind, colon, rest = who.partition(":")
    if not colon:
        return {"budget": who, "limit_usd": limit}
    owner, _, window = rest.partition(":")
    return {"owner_type": kind, "owner": owner, "window": window or "month", "limit_usd": limit}


def _cache(text: str | None) -> dict[str, str] | None:
    if not text:
        return None
    return {"mode": "off"} if text == "off" else {"mode": "semantic", "threshold": text}


def _table(answered: dict[str, Any]) -> list[str]:
    lines = [""] if answered["by_model"] else []
    for each in answered["by_model"][:LINES_SHOWN]:
        amounts = "  ".join(f"{each[name]:>18}" for name in ("booked_usd", "would_be_usd"))
        lines.append(f"  {each['model'][:40]:40}  {each['requests']:>9,}  {amounts}")
    refused = (answered["refused"] or {}).get("by_key", [])
    lines += [
        f"  {each['virtual_key'][:40]:40}  {each['requests']:>9,} refused by {each['budget']}, "
        f"first at {each['first_at']}"
        for each in refused[:LINES_SHOWN]
    ]
    return [*lines, "", *(f"Taken for granted: {each}" for each in answered["assumptions"])]
