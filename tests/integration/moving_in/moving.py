"""Moving in as the commands do: on files, by their exit codes and what they print."""

import io
import json
from pathlib import Path
from typing import Any

from django.core.management import call_command

FILES = Path(__file__).parent / "files"


def run(command: str, *arguments: Any, **options: Any) -> tuple[int, str, str]:
    """The exit code, and what went to either stream."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(command, *map(str, arguments), stdout=out, stderr=err, **options)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def moved(command: str, *files: Any, apply: bool = True, **options: Any) -> dict[str, Any]:
    """The plan and the coverage of files that can be taken over."""
    code, out, err = run(command, *files, apply=apply, json=True, **options)
    assert code == 0, out + err
    return json.loads(out)


def fates(answer: dict[str, Any], fate: str) -> dict[str, str]:
    """By path, what is said of it."""
    return {each["path"]: each["words"] for each in answer["coverage"][fate]}


def leaves(value: Any, path: str = "") -> set[str]:
    """The paths of all that a plain value holds."""
    if isinstance(value, dict) and value:
        return set().union(*(leaves(v, f"{path}.{k}" if path else k) for k, v in value.items()))
    if isinstance(value, list) and value:
        return set().union(*(leaves(v, f"{path}[{n}]") for n, v in enumerate(value)))
    return {path}
