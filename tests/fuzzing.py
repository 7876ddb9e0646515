"""What schemathesis cannot know of this API: which rows there are, and which token is its own.

Loaded by its `SCHEMATHESIS_HOOKS`. Left alone it sends one Idempotency-Key with everything, so that
most writes are a 409 before anything looks at them; ids that nobody has; and the end of its own
token, after which all is a 401. Whatever is wrong on purpose stays wrong.
"""

import json
import os
import random
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation

ROWS: dict[str, list[str]] = json.loads(os.environ.get("PURSER_FUZZ_ROWS", "{}"))
OWN: set[str] = set(json.loads(os.environ.get("PURSER_FUZZ_OWN", "[]")))
# Fields of bodies by the resource whose ids they hold.
REFERENCES = {
    "customer": "customers",
    "team": "teams",
    "virtual_key": "virtual-keys",
    "provider": "providers",
    "model": "models",
    "channel": "notice-channels",
    "budget": "budgets",
    "lender": "budgets",
    "owner": "customers",
}
EXISTING, DEPTH_MAX = 0.7, 4
chance = random.Random(1)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    section = case.operation.path.split("/")[3]
    if "id" in (case.path_parameters or {}) and _is_right(case, ParameterLocation.PATH):
        case.path_parameters["id"] = _id(section, str(case.path_parameters["id"]))
    if case.headers and _is_right(case, ParameterLocation.HEADER):
        _loosen(case.headers)
    if _is_right(case, ParameterLocation.BODY):
        _refer(case.body, 0)


def _is_right(case: Any, location: ParameterLocation) -> bool:
    return case.meta is not None and not case.meta.is_negative_at(location)


def _id(section: str, generated: str) -> str:
    there = [each for each in ROWS.get(section, []) if each not in OWN]
    if there and (generated in OWN or chance.random() < EXISTING):
        return chance.choice(there)
    return generated


def _loosen(headers: Any) -> None:
    """Another request has another key, mostly, and nobody who read the row anew is too late."""
    if "Idempotency-Key" in headers and chance.random() < EXISTING:
        headers["Idempotency-Key"] = f"{chance.getrandbits(64):x}"
    if "If-Match" in headers and chance.random() < EXISTING:
        del headers["If-Match"]


def _refer(body: Any, depth: int) -> None:
    if depth == DEPTH_MAX:
        return
    if isinstance(body, list):
        for each in body:
            _refer(each, depth + 1)
    if isinstance(body, dict):
        for name, value in body.items():
            if isinstance(value, str) and (section := REFERENCES.get(name)) is not None:
                body[name] = _id(section, value)
            else:
                _refer(value, depth + 1)
