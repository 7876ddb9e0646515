"""A plan as people read it: a line for each change, then what it comes to."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from controlplane.provisioning.changes import Action, Change, Difference
from controlplane.provisioning.plan import SEALED, Plan
from controlplane.provisioning.problems import ConfigurationWrong
from controlplane.provisioning.services import Applied

VALUE_LENGTH_MAX = 160
SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REMOVE: "-"}
DONE = {Action.CREATE: "created", Action.UPDATE: "changed", Action.REMOVE: "removed"}
TO_DO = {Action.CREATE: "to create", Action.UPDATE: "to change", Action.REMOVE: "to remove"}

Paint = Callable[[Action, str], str]
"""Gives a line its colour; on anything but a terminal it does nothing."""


def plan_lines(applied: Applied, paint: Paint) -> Iterator[str]:
    plan = applied.plan
    for change in plan.changes:
        yield from (paint(change.action, line) for line in _change_lines(change))
        yield from (f"    ! {note}" for note in change.notes if change.action is not Action.REMOVE)
    yield from (f"  {printable(each)}" for each in plan.kept)
    yield _counts(plan, TO_DO if applied.is_dry_run else DONE)


def secret_lines(applied: Applied) -> Iterator[str]:
    if applied.secrets:
        yield "The secrets of what is new, which are shown only here:"
        width = max(len(each.id) for each in applied.secrets)
        yield from (f"  {each.id.ljust(width)}  {each.secret}" for each in applied.secrets)


def problem_lines(error: ConfigurationWrong) -> Iterator[str]:
    yield from (printable(str(problem)) for problem in error.problems)
    if error.problems_left_out:
        yield f"And {error.problems_left_out} more."
    yield "Nothing was changed."


def problems_as_json(error: ConfigurationWrong) -> dict[str, Any]:
    problems = [
        {
            "line": problem.place.line,
            "column": problem.place.column,
            "path": problem.place.path,
            "message": problem.message,
            **({"file": problem.place.file} if problem.place.file else {}),
        }
        for problem in error.problems
    ]
    more = error.problems_left_out
    return {
        "error": {"code": error.code, "message": error.message, "problems": problems, "more": more}
    }


def printable(text: str) -> str:
    """Without characters that would move a terminal's cursor or change its colours."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _change_lines(change: Change) -> Iterator[str]:
    about = f" ({change.about})" if change.about and change.about != change.id else ""
    head = f"{SIGNS[change.action]} {change.resource.value}/{change.id or '(new)'}{about}"
    if change.action is Action.UPDATE:
        yield from (printable(f"{head} {_difference(each)}") for each in change.differences)
    elif change.action is Action.CREATE:
        fields = ", ".join(f"{each.field}: {_value(each.new)}" for each in change.differences)
        yield printable(f"{head}  {fields}".rstrip())
    else:
        notes = f" ({', '.join(change.notes)})" if change.notes else ""
        yield printable(head + notes)


def _difference(each: Difference) -> str:
    if each.field in SEALED:  # of which nothing is shown, neither before nor after
        return f"{each.field}: {each.new}"
    return f"{each.field}: {_value(each.old)} → {_value(each.new)}"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_LENGTH_MAX else f"{text[:VALUE_LENGTH_MAX]}…"


def _counts(plan: Plan, words: dict[Action, str]) -> str:
    counts = plan.counts()
    if plan.is_empty:
        return f"Nothing to change: {counts['unchanged']:,} unchanged."
    parts = [f"{counts[action]:,} {words[action]}" for action in Action if counts[action]]
    parts.append(f"{counts['unchanged']:,} unchanged")
    return f"{', '.join(parts)}."
