"""Usage of a stream, which Anthropic tells in two parts: at its start, and before its end.

The second part is cumulative: what it names replaces what the first said, what it leaves out
(older models: the input) stays as the first said.
"""

from typing import Any

WRITTEN = "cache_creation_input_tokens"
WRITTEN_BY_LIFETIME = "cache_creation"


def merged(so_far: Any, reported: Any) -> Any:
    """One usage object of both. What is no object is handed on: the books judge it."""
    if reported is None:
        return so_far
    if not isinstance(so_far, dict) or not isinstance(reported, dict):
        return reported
    told = {name: value for name, value in reported.items() if value is not None}
    usage = {**so_far, **told}
    is_revised = told.get(WRITTEN, so_far.get(WRITTEN)) != so_far.get(WRITTEN)
    if is_revised and WRITTEN_BY_LIFETIME not in told:
        usage.pop(WRITTEN_BY_LIFETIME, None)  # the parts of a sum that holds no longer
    return usage
