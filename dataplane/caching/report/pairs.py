"""Labelled pairs from a CSV file: `stored`, `asked` and `same`, further columns ignored."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

FILE_BYTES_MAX = 64 * 1024 * 1024
PAIRS_MAX = 200_000
COLUMNS = ("stored", "asked", "same")
_LABELS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class PairsUnusable(ValueError):
    """The file cannot be read as pairs; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two prompts; `same` says that the answer to one answers the other."""

    stored: str
    asked: str
    same: bool


def read_pairs(path: Path) -> list[Pair]:
    """Raises `PairsUnusable`."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise PairsUnusable(f"{path} is larger than {FILE_BYTES_MAX // 1024**2} MB.")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise PairsUnusable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise PairsUnusable(f"{path} is not UTF-8 (byte {error.start}).") from error
    csv.field_size_limit(FILE_BYTES_MAX)
    try:
        return _pairs(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise PairsUnusable(f"{path} is not a CSV file: {error}.") from error


def _pairs(rows: "csv.DictReader[str]") -> list[Pair]:
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise PairsUnusable(f"The first line names no column {', '.join(map(repr, missing))}.")
    pairs: list[Pair] = []
    for row in rows:
        pairs.append(_pair(row, rows.line_num))
        if len(pairs) > PAIRS_MAX:
            raise PairsUnusable(f"There are more than {PAIRS_MAX} pairs.")
    if not pairs:
        raise PairsUnusable("There are no pairs.")
    return pairs


def _pair(row: dict[str, str | None], line: int) -> Pair:
    stored, asked, label = (row[name] for name in COLUMNS)
    if stored is None or asked is None or label is None:
        raise PairsUnusable(f"Line {line} has fewer columns than the first.")
    same = _LABELS.get(label.strip().casefold())
    if same is None:
        raise PairsUnusable(f"Line {line}: 'same' is {label[:20]!r}, not 0 or 1.")
    return Pair(stored, asked, same)
