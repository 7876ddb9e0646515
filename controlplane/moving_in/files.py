"""Reading a peer's files: YAML, JSON, a JSON object a line, or CSV, within bounds."""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import PurePath
from typing import Any, NamedTuple

from controlplane.moving_in.coverage import Coverage
from controlplane.moving_in.wanted import made
from controlplane.provisioning.problems import ConfigurationWrong, Place, Problem
from controlplane.provisioning.reading import FILE_BYTES_MAX, Format, read_value
from controlplane.provisioning.reading.nodes import Fields, Items, Node, Scalar

CELLS_MAX = 1_000_000
FLAGS = {"t": "true", "f": "false"}


class PeerFile(NamedTuple):
    """A file by the name that the report calls it."""

    name: str
    content: bytes


def read_file(file: PeerFile) -> Coverage:
    """Raises `ConfigurationWrong` for what has no tree; lesser problems are in the answer."""
    root: Node
    problems: list[Problem] = []
    kind = PurePath(file.name).suffix.lower()
    try:
        if len(file.content) > FILE_BYTES_MAX:
            message = f"The file has more than {FILE_BYTES_MAX:,} bytes: split it."
            raise ConfigurationWrong([Problem(Place(0, 0), message)])
        if kind == ".csv":
            root = _table(file.content)
        elif kind in (".jsonl", ".ndjson"):
            lines = [line for line in file.content.split(b"\n") if line.strip()]
            root, problems = read_value(b"[" + b",\n".join(lines) + b"]", Format.JSON)
        else:
            is_json = kind == ".json"
            root, problems = read_value(file.content, Format.JSON if is_json else Format.YAML)
    except ConfigurationWrong as error:
        raise ConfigurationWrong(_in_file(error.problems, file.name)) from None
    _name(root, file.name)
    return Coverage(file.name, root, _in_file(problems, file.name))


def _in_file(problems: list[Problem], name: str) -> list[Problem]:
    return [
        Problem(Place(it.place.line, it.place.column, it.place.path, name), it.message)
        for it in problems
    ]


def _name(node: Node, file: str) -> None:
    """Places say the file, too: there may be several."""
    node.file = file
    if isinstance(node, Fields):
        for _, value in node.pairs.values():
            _name(value, file)
    elif isinstance(node, Items):
        for entry in node.entries:
            _name(entry, file)


def _table(content: bytes) -> Items:
    """Rows as objects; cells as PostgreSQL's COPY writes them."""
    try:
        text = content.decode("utf-8-sig")
        rows = list(_rows(text))
    except (UnicodeDecodeError, csv.Error):
        raise ConfigurationWrong([Problem(Place(0, 0), "This is not CSV in UTF-8.")]) from None
    if not rows:
        raise ConfigurationWrong([Problem(Place(0, 0), "The file is empty.")])
    names = rows[0][1]
    if len(rows) * len(names) > CELLS_MAX:
        message = f"More than {CELLS_MAX:,} cells: split the file."
        raise ConfigurationWrong([Problem(Place(0, 0), message)])
    entries: list[Node] = []
    for line, cells in rows[1:]:
        if len(cells) != len(names):
            message = f"{len(cells)} cells, but {len(names)} columns."
            raise ConfigurationWrong([Problem(Place(line, 1), message)])
        pairs = {
            name: (Scalar(line, 1, name, plain=False), _cell(cell, line))
            for name, cell in zip(names, cells, strict=True)
        }
        entries.append(Fields(line, 1, pairs))
    return Items(1, 1, entries)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text))
    before = 0
    for cells in reader:
        line, before = before + 1, reader.line_num
        if cells:
            yield line, cells


def _cell(cell: str, line: int) -> Node:
    at = Scalar(line, 1, FLAGS.get(cell, cell), plain=True)
    if cell[:1] not in ("{", "["):
        return at
    value: Any = None
    try:
        value = json.loads(cell, parse_float=Decimal)
    except (ValueError, RecursionError):
        value = _array(cell)
    return at if value is None else made(value, at)


def _array(cell: str) -> list[str] | None:
    """PostgreSQL's `{gpt-4o,"a, b"}`."""
    if not (cell.startswith("{") and cell.endswith("}")):
        return None
    inside = io.StringIO(cell[1:-1])
    rows = list(csv.reader(inside, escapechar="\\", doublequote=False))
    return rows[0] if len(rows) == 1 else None
