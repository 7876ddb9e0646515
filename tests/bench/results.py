"""Where results are kept: a folder for each run, with the table and everything behind it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

from tests.bench.output import show
from tests.end_to_end.installation import ROOT

BENCH = ROOT / "var" / "bench"


def write(name: str, text: str, data: Mapping[str, Any]) -> None:
    """Prints the text, and keeps it beside the data."""
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder = BENCH / "bench-results" / f"{moment}-{name}"
    folder.mkdir(parents=True)
    (folder / "table.md").write_text(text)
    (folder / "figures.json").write_text(json.dumps(data, indent=2, default=_plain) + "\n")
    show(text)
    show(f"Written to {folder}/table.md and figures.json")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(type(value).__name__)
