"""The coverage report: for people by kind of field, for programs field by field. Never a value."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from controlplane.moving_in.coverage import Fate, Finding
from controlplane.provisioning.printing import printable

HEADS = {Fate.MAPPED: "Mapped", Fate.APPROXIMATED: "Approximated", Fate.NOT_MAPPED: "Not mapped"}
INDEX = re.compile(r"\[\d+\]")
LINES_SHOWN_MAX = 5


def report_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Fields of many objects are one line, with the first of their lines in the file."""
    for fate, head in HEADS.items():
        some = [each for each in findings if each.fate is fate]
        yield f"{head}: {len(some):,} of {len(findings):,} fields"
        kinds: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for each in some:
            kinds[each.file, INDEX.sub("[]", each.path), each.words].append(each.line)
        for (file, path, words), lines in kinds.items():
            yield printable(f"  {file}:{_lines(lines)}  {path}  → {words}")


def _lines(lines: Sequence[int]) -> str:
    first = sorted(set(lines))
    more = f" and {len(first) - LINES_SHOWN_MAX:,} more" if len(first) > LINES_SHOWN_MAX else ""
    return ",".join(map(str, first[:LINES_SHOWN_MAX])) + more


def report_as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        fate.value: [
            {"file": each.file, "line": each.line, "path": each.path, "words": each.words}
            for each in findings
            if each.fate is fate
        ]
        for fate in Fate
    }
