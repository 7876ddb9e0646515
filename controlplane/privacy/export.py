"""Everything that is held of a customer, as a ZIP archive with a file of JSON lines for each kind.

It is made while it is read, a page of rows at a time. An archive that breaks off does not open,
where a file of lines would only look short.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone

from billing.money import format_usd
from controlplane.personal_data import Holding, holdings

PAGE_ROWS = 1000
CHUNK_BYTES = 64 * 1024


class _Outlet:
    """Takes what the archive writes, which nobody can seek in."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self.size += len(part)
        return len(part)

    def flush(self) -> None:
        """There is nothing behind it."""

    def take(self) -> bytes:
        taken, self._parts, self.size = b"".join(self._parts), [], 0
        return taken


def customer_archive(customer_id: str) -> Iterator[bytes]:
    """The archive's bytes, piece by piece."""
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for holding in _given_out():
            entry = ZipInfo(f"{holding.name}.jsonl", timezone.now().timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                for row in _rows(holding, customer_id):
                    file.write(_line(row))
                    if outlet.size >= CHUNK_BYTES:
                        yield outlet.take()
    yield outlet.take()


def _given_out() -> Iterator[Holding]:
    """Kept answers are sealed, and gone within a day."""
    return (each for each in holdings() if each.model.CUSTOMER_PATHS)  # type: ignore[attr-defined]


def _rows(holding: Holding, customer_id: str) -> Iterator[dict[str, Any]]:
    rows = holding.of(customer_id).order_by("pk")
    page = list(rows[:PAGE_ROWS])
    while page:
        yield from (_shown(holding, row) for row in page)
        page = list(rows.filter(pk__gt=page[-1].pk)[:PAGE_ROWS])


def _shown(holding: Holding, row: Any) -> dict[str, Any]:
    if holding.shown is not None:
        return holding.shown(row)
    columns = (field.attname for field in row._meta.concrete_fields)
    return {name: getattr(row, name) for name in columns if name not in holding.hidden}


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=_as_text).encode() + b"\n"


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format_usd(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)
