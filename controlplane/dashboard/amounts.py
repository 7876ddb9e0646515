"""Amounts as people type them: `1500`, `1,500.00`, `$1,500`, with the marks the viewer chose."""

import re
from decimal import Decimal

from billing.money import parse_usd
from controlplane.dashboard.numbers import marks_in_use

SPACES = re.compile(r"[\s\u00a0\u202f]")
PLAIN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
GROUPED = r"[0-9]{1,3}(?:%s[0-9]{3})+(?:%s[0-9]{1,12})?"


def read_amount(text: str) -> Decimal | None:
    """None for what is no amount. A mark in a place where it separates nothing is no amount."""
    marks = marks_in_use()
    bare = SPACES.sub("", text).removeprefix("$")
    thousands = SPACES.sub("", marks.thousands)
    if thousands and re.fullmatch(GROUPED % (re.escape(thousands), re.escape(marks.decimal)), bare):
        bare = bare.replace(thousands, "")
    bare = bare.replace(marks.decimal, ".") if marks.decimal != "." else bare
    return parse_usd(bare) if PLAIN.fullmatch(bare) else None
