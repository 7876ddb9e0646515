"""How providers' exports are read: each format a module, which says where it is documented."""

from collections.abc import Iterable

from controlplane.errors import invalid
from controlplane.reconciliation.formats.anthropic import ANTHROPIC
from controlplane.reconciliation.formats.aws import AWS
from controlplane.reconciliation.formats.google import GOOGLE
from controlplane.reconciliation.formats.lines import Format
from controlplane.reconciliation.formats.openai import OPENAI

FORMATS: dict[str, Format] = {each.name: each for each in (*OPENAI, *ANTHROPIC, *AWS, *GOOGLE)}
AUTO, MAPPED = "auto", "mapped"
NAMES = (AUTO, *FORMATS, MAPPED)


def format_for(name: str, columns: Iterable[str]) -> Format:
    """The format of that name, or the one whose columns these are. Raises `DomainError`."""
    there = set(columns)
    if name == AUTO:
        fitting = [each for each in FORMATS.values() if each.fits(there)]
        if not fitting:
            shown = ", ".join(sorted(there)[:12]) or "none"
            raise invalid(
                "format", f"No format that is known has these columns ({shown}): map them."
            )
        return max(fitting, key=lambda each: len(each.needs))
    if name not in FORMATS:
        raise invalid("format", f"Must be one of {', '.join(NAMES)}.")
    chosen = FORMATS[name]
    if missing := sorted(chosen.missing(there)):
        raise invalid("format", f"{chosen.title}: the file has no column {', '.join(missing)}.")
    return chosen
