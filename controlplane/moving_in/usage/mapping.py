"""Which column of a file is which field of a usage record."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from controlplane.provisioning.problems import ConfigurationWrong, Place, Problem
from controlplane.provisioning.reading.tree import shown
from controlplane.provisioning.values import did_you_mean
from controlplane.validators import METADATA_KEY_LENGTH_MAX

COUNTS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
OWNERS = ("customer", "team", "virtual_key")
NAMES = ("provider", "model", "model_requested", "endpoint")
FIELDS = (
    "at",
    "cost_usd",
    "request_id",
    *OWNERS,
    "virtual_key_hash",
    *NAMES,
    "status",
    *COUNTS,
    "total_ms",
)
NEEDED = ("at", "cost_usd")
METADATA = "metadata."
KEY = re.compile(rf"metadata\..{{1,{METADATA_KEY_LENGTH_MAX}}}", re.DOTALL)

Mapped = Mapping[str, str]
"""By field, the column that it is read from."""


class Export(NamedTuple):
    """A format that is known by its columns."""

    columns: frozenset[str]
    mapped: Mapped


LITELLM = Export(
    frozenset({"request_id", "startTime", "spend", "api_key"}),
    {
        "at": "startTime",
        "cost_usd": "spend",
        "request_id": "request_id",
        "customer": "organization_id",
        "team": "team_id",
        "virtual_key_hash": "api_key",
        "provider": "custom_llm_provider",
        "model": "model",
        "model_requested": "model_group",
        "endpoint": "call_type",
        "status": "status",
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "total_ms": "request_duration_ms",
        "metadata.user": "user",
        "metadata.end_user": "end_user",
        "metadata.tags": "request_tags",
    },
)
OPENROUTER = Export(
    frozenset({"generation_id", "created_at", "cost_total"}),
    {
        "at": "created_at",
        "cost_usd": "cost_total",
        "request_id": "generation_id",
        "model": "model_permaslug",
        "input_tokens": "tokens_prompt",
        "output_tokens": "tokens_completion",
        "reasoning_tokens": "tokens_reasoning",
        "cached_input_tokens": "tokens_cached",
        "total_ms": "generation_time_ms",
        "metadata.user": "user",
        "metadata.app": "app_name",
        "metadata.api_key_name": "api_key_name",
    },
)


def known_mapping(columns: Iterable[str]) -> dict[str, str]:
    """That of the format whose columns these are, as far as they are there."""
    there = set(columns)
    for export in (LITELLM, OPENROUTER):
        if export.columns <= there:
            return {field: name for field, name in export.mapped.items() if name in there}
    return {}


def complete_mapping(columns: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """What is given over what is known. Raises `ConfigurationWrong`; an empty column unmaps."""
    mapped = {field: name for field, name in (known_mapping(columns) | dict(given)).items() if name}
    problems = [_unknown(field) for field in mapped if not _is_field(field)]
    there = {column.partition(".")[0] for column in columns} | set(columns)
    for field, name in mapped.items():
        if name not in there and name.partition(".")[0] not in there:
            problems.append(f"{field}: The file has no column '{shown(name)}'.")
    missing = [field for field in NEEDED if field not in mapped]
    problems += [f"Nothing says which column is '{it}': --map {it}=COLUMN." for it in missing]
    if problems:
        raise ConfigurationWrong(Problem(Place(0, 0), message) for message in problems)
    return mapped


def _is_field(field: str) -> bool:
    return field in FIELDS or KEY.fullmatch(field) is not None


def _unknown(field: str) -> str:
    hint = did_you_mean(field, FIELDS)
    return f"'{shown(field)}' is no field: {', '.join(FIELDS)} or metadata.KEY.{hint}"
