"""From rows to usage records. The same row is the same record, whenever the file is read."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from controlplane.keys.models import VirtualKeySecret
from controlplane.moving_in.naming import slug
from controlplane.moving_in.usage import values
from controlplane.moving_in.usage.ids import Ids
from controlplane.moving_in.usage.mapping import COUNTS, METADATA, NAMES, OWNERS
from controlplane.moving_in.usage.rows import Row, value_at
from controlplane.provisioning.problems import Place, Problem
from controlplane.validators import validate_metadata

# How many different owners, calls and metadata are remembered: rows have much in common.
REMEMBERED_MAX = 10_000
ENDPOINTS = {"completion": "chat/completions", "embedding": "embeddings"}
ENDPOINT = "imported"
ENDPOINT_LENGTH_MAX = 64
NOTHING: Mapping[str, Any] = {
    "error_code": None,
    "streamed": False,
    "cache": "off",
    "token_details": {},
    "service_tier": "standard",
    "saved_usd": "0",
    "reserved_usd": "0",
    "price_id": None,
    "attempts": [],
    "windows": [],
    **dict.fromkeys(COUNTS, 0),
    "ttft_ms": None,
    "gateway_ms": 0,
}


def _columns(mapped: Mapping[str, str], fields: tuple[str, ...]) -> list[str]:
    """What these fields are read from; an object that others are read from counts whole."""
    found = {mapped[name] for name in fields if name in mapped}
    return sorted(found | {name.partition(".")[0] for name in found})


class KeyOwner(NamedTuple):
    virtual_key: str
    team: str | None
    customer: str


class Refused(Exception):
    """A row that is no record: its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Records:
    """Reads rows in the order of their file; a second reading needs another."""

    def __init__(
        self, mapped: Mapping[str, str], zone: tzinfo, now: datetime, customer: str, ids: Ids
    ) -> None:
        self._mapped = mapped
        self._zone = zone
        self._now = now
        self._customer = customer
        self._ids = ids
        self._remembered: dict[Any, dict[str, Any]] = {}
        self._metadata = {f: c for f, c in mapped.items() if f.startswith(METADATA)}
        self._owners = _owners() if "virtual_key_hash" in mapped else {}
        self._counts = [name for name in COUNTS if name in mapped]
        self._parts = [
            (self._who, _columns(mapped, (*OWNERS, "virtual_key_hash"))),
            (_what, _columns(mapped, NAMES)),
            (self._said, _columns(mapped, tuple(self._metadata))),
        ]
        self.unknown_keys = 0

    def read(self, line: int, row: Row) -> dict[str, Any]:
        """A record as the ledger takes it. Raises `Refused`."""
        reading = _Reading(line, row, self._mapped)
        record: dict[str, Any] = dict(NOTHING)
        at = reading.of("at", lambda it: values.moment(it, self._zone, self._now), needed=True)
        record["at"] = at.isoformat()
        record["cost_usd"] = reading.of("cost_usd", values.usd)
        record["status"] = reading.of("status", values.status) or 200
        record["total_ms"] = reading.of("total_ms", values.milliseconds) or 0.0
        counted = {name: reading.of(name, values.count) or 0 for name in self._counts}
        record["usage_source"] = "provider" if any(counted.values()) else "none"
        record |= counted
        for part, columns in self._parts:
            record |= self._once(part, columns, reading)
        self.unknown_keys += record.pop("is_key_unknown")
        record["request_id"] = self._id(line, reading)
        return record

    def _once(
        self, part: Callable[["_Reading"], dict[str, Any]], columns: list[str], reading: "_Reading"
    ) -> dict[str, Any]:
        """A part of a record, remembered by all that it is read from where that is texts."""
        cells = [reading.row.get(column) for column in columns]
        if not all(cell is None or type(cell) is str for cell in cells):
            return part(reading)
        place = (part, *cells)
        found = self._remembered.get(place)
        if found is None:
            found = part(reading)
            if len(self._remembered) >= REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered[place] = found
        return found

    def _who(self, reading: "_Reading") -> dict[str, Any]:
        named = {name: reading.of(name, values.name) for name in OWNERS}
        ids = {name: slug(found) if found else None for name, found in named.items()}
        secret_hash = reading.of("virtual_key_hash", values.name)
        owner = self._owners.get(secret_hash or "")
        if owner is not None:
            ids = {name: ids[name] or getattr(owner, name) for name in OWNERS}
        ids["customer"] = ids["customer"] or self._customer or None
        is_unknown = bool(secret_hash and owner is None)
        return {f"{name}_id": found for name, found in ids.items()} | {"is_key_unknown": is_unknown}

    def _said(self, reading: "_Reading") -> dict[str, Any]:
        found = {f: reading.of(f, values.metadata_value) for f in self._metadata}
        said = {f.removeprefix(METADATA): it for f, it in found.items() if it is not None}
        try:
            validate_metadata(said)
        except ValidationError as error:
            raise reading.refused("metadata", " ".join(error.messages)) from None
        return {"metadata": said}

    def _id(self, line: int, reading: "_Reading") -> str:
        given = reading.of("request_id", values.name)
        said = given or json.dumps(reading.row, sort_keys=True, default=str)
        try:
            return self._ids.of(line, said.encode("utf-8", "surrogatepass"), given)
        except ValueError as error:
            raise reading.refused("request_id", str(error)) from None


class _Reading:
    def __init__(self, line: int, row: Row, mapped: Mapping[str, str]) -> None:
        self.row = row
        self._line = line
        self._mapped = mapped

    def of(self, field: str, kind: Callable[[Any], Any], *, needed: bool = False) -> Any:
        column = self._mapped.get(field)
        found = None if column is None else value_at(self.row, column)
        if found is None:
            if needed:
                raise self.refused(field, "Is missing.")
            return None
        try:
            return kind(found)
        except ValueError as error:
            raise self.refused(field, str(error)) from None

    def refused(self, field: str, message: str) -> Refused:
        column = self._mapped.get(field)
        path = f"{field} ({column})" if column and column != field else field
        return Refused(Problem(Place(self._line, 1, path), message))


def _what(reading: _Reading) -> dict[str, Any]:
    """What was called. A model's name has its provider before it, as everywhere."""
    found = {name: reading.of(name, values.name) for name in NAMES}
    provider, model = slug(found["provider"]) if found["provider"] else None, found["model"]
    if model and provider is None and "/" in model:
        provider = slug(model.partition("/")[0])
    elif model and provider and not model.startswith(f"{provider}/"):
        model = f"{provider}/{model}"
    endpoint = found["endpoint"] or ENDPOINT
    endpoint = ENDPOINTS.get(endpoint.removeprefix("a"), endpoint)[:ENDPOINT_LENGTH_MAX]
    requested = found["model_requested"] or found["model"]
    return {
        "provider": provider,
        "model": model,
        "model_requested": requested,
        "endpoint": endpoint,
    }


def _owners() -> dict[str, KeyOwner]:
    """By the hash of a secret, whose it is."""
    key = "virtual_key"
    columns = ("secret_hash", f"{key}_id", f"{key}__team_id", f"{key}__customer_id")
    rows = VirtualKeySecret.objects.values_list(*columns)
    return {secret_hash: KeyOwner(*owner) for secret_hash, *owner in rows.iterator()}
