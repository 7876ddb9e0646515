"""`/simulator/faults`: POST scripts a fault, GET lists them, DELETE takes one or all back."""

from collections.abc import Callable, Mapping
from typing import Any

from controlplane.simulator.faults import fault as faults
from controlplane.simulator.faults.book import Book
from controlplane.simulator.faults.fault import Fault
from controlplane.simulator.replies import Endpoint, Json, Refused, Request, Whole

SECONDS_MAX = 86_400
TIMES_MAX = 10**9


def endpoints(book: Book, dialects: tuple[str, ...]) -> Mapping[str, Endpoint]:
    """What each method does."""

    def script(request: Request) -> Whole:
        if book.is_full:
            raise Refused("there are as many faults as it keeps: DELETE some.", status=409)
        fields = _checked(request.body, dialects)
        lasts = fields.pop("lasts_seconds", None)
        until = None if lasts is None else book.clock() + lasts
        rule = book.add(_fault(fields), until=until, **fields)
        return Whole(rule.shown(book.clock()), 201)

    def show(request: Request) -> Whole:
        return Whole({"faults": [rule.shown(book.clock()) for rule in book.rules]})

    def take_back(request: Request) -> Whole:
        id = request.named.get("id")
        if id is None:
            book.clear()
        elif not book.remove(id):
            raise Refused(f"there is no fault '{id}'.", status=404)
        return show(request)

    return {"POST": script, "GET": show, "DELETE": take_back}


def _fault(fields: Json) -> Fault:
    """Takes what is the fault's own out of the fields."""
    names = ("status", "retry_after", "seconds")
    own = {name: fields.pop(name) for name in names if name in fields}
    return Fault(fields.pop("fault"), **own)


def _checked(body: Json, dialects: tuple[str, ...]) -> Json:
    """The fields that are given. Raises `Refused`, naming the first that is wrong."""
    fields = {name: value for name, value in body.items() if value is not None}
    for name, value in fields.items():
        if name not in FIELDS:
            raise Refused(f"there is no field '{name}'.", param=name)
        if not FIELDS[name][0](value):
            raise Refused(f"'{name}' must be {FIELDS[name][1]}.", param=name)
    if "fault" not in fields:
        raise Refused(f"'fault' is missing: {', '.join(faults.KINDS)}.", param="fault")
    if fields.get("dialect", dialects[0]) not in dialects:
        raise Refused(f"'dialect' is one of {', '.join(dialects)}.", param="dialect")
    return fields


def _number(least: float, most: float, *, whole: bool = False) -> Callable[[Any], bool]:
    kinds = int if whole else int | float

    def check(value: Any) -> bool:
        return not isinstance(value, bool) and isinstance(value, kinds) and least <= value <= most

    return check


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


FIELDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "fault": (lambda value: value in faults.KINDS, f"one of {', '.join(faults.KINDS)}"),
    "dialect": (_text, "a text"),
    "path": (_text, "a part of a path"),
    "model": (_text, "a text"),
    "status": (_number(400, 599, whole=True), "a status from 400 to 599"),
    "retry_after": (_number(0, SECONDS_MAX), "seconds"),
    "seconds": (_number(0, SECONDS_MAX), "seconds"),
    "probability": (_number(0, 1), "a number from 0 to 1"),
    "times": (_number(1, TIMES_MAX, whole=True), "a whole number from 1 on"),
    "lasts_seconds": (_number(0, SECONDS_MAX), "seconds"),
}
