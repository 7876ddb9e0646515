"""What a service refuses, in words for whoever asked, and no word of HTTP.

DomainError      what was asked for is not possible as it stands
├── Conflict     it is well-formed, but something that exists stands in its way
└── RowsRefused  of many rows asked for at once, some are not possible
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

ALREADY_EXISTS = frozenset({"unique", "unique_together"})


class DomainError(Exception):
    """A refusal with a stable code, one sentence, and what is wrong with each field."""

    def __init__(self, code: str, message: str, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})


class Conflict(DomainError):
    """Something that exists stands in the way."""


class RowsRefused(DomainError):
    """What is wrong with each row, by its id; `fields` is nested likewise."""

    def __init__(self, refusals: Mapping[str, DomainError]) -> None:
        first_id, first = next(iter(refusals.items()))
        fields = {row_id: refusal.fields for row_id, refusal in refusals.items()}
        super().__init__(first.code, f"{first_id}: {first.message}", fields)
        self.refusals = dict(refusals)


def invalid(field: str, message: str) -> DomainError:
    return DomainError("invalid", f"{field}: {message}", {field: [message]})


def from_validation(error: ValidationError) -> DomainError:
    """Django's validation errors; a conflict when uniqueness is all that is violated."""
    by_field: dict[str, list[ValidationError]] = (
        error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    )
    fields = {
        field: [message for each in errors for message in each.messages]
        for field, errors in by_field.items()
        if field != NON_FIELD_ERRORS
    }
    message = summary(fields) or " ".join(error.messages)
    codes = {each.code for errors in by_field.values() for each in errors}
    if codes <= ALREADY_EXISTS:
        return Conflict("already_exists", message, fields)
    return DomainError("invalid", message, fields)


def summary(fields: Mapping[str, Any]) -> str:
    """The first thing that is wrong, as one sentence: `rate_limit.tokens_per_minute: …`."""
    for field, problem in fields.items():
        if isinstance(problem, list) and any(isinstance(entry, Mapping) for entry in problem):
            problem = {str(index): entry for index, entry in enumerate(problem) if entry}
        if isinstance(problem, Mapping):
            return f"{field}.{summary(problem)}"
        return f"{field}: {problem[0] if isinstance(problem, list) else problem}"
    return ""
