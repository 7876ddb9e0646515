"""Making files: one after the other, each by one task, which says how far it is.

A file whose task died is begun anew by the next one. It holds what its owner may see when it is
made; whoever is bound to something else by then gets none.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from controlplane.accounts.permissions import Principal, Resource, may_read, principal_of
from controlplane.dashboard.background.files import ROWS_MAX
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import read_page_filter
from controlplane.dashboard.models import ExportChunk, ExportFile
from controlplane.errors import DomainError
from controlplane.usage import exports
from controlplane.usage.filters import RecordFilter
from controlplane.usage.models import UsageRecord

logger = logging.getLogger(__name__)

STALE = timedelta(minutes=10)
BYTES_MAX = 512 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
FAILED = "The file could not be made. Ask for it again."


class Gone(Exception):
    """It was deleted, or somebody else makes it by now."""


def make_files() -> int:
    """Makes what waits; how many files came of it."""
    made = 0
    while (file := _claimed()) is not None:
        made += _made(file)
    return made


@transaction.atomic
def _claimed() -> ExportFile | None:
    now = timezone.now()
    waits = Q(seen_at=None) | Q(seen_at__lt=now - STALE)
    rows = ExportFile.objects.filter(waits, finished_at=None, expires_at__gt=now)
    file = rows.order_by("created_at").select_for_update(skip_locked=True, of=("self",)).first()
    if file is None:
        return None
    file.chunks.all().delete()
    file.seen_at, file.rows_done, file.attempt = now, 0, file.attempt + 1
    file.save(update_fields=["seen_at", "rows_done", "attempt"])
    return file


def _made(file: ExportFile) -> bool:
    try:
        parts = _write(file, _records_of(file))
    except Gone:
        return False
    except DomainError as error:
        return _finish(file, 0, error.message)
    except Exception:
        logger.exception("The export %s could not be made.", file.pk)
        return _finish(file, 0, FAILED)
    return _finish(file, parts, "")


def _finish(file: ExportFile, parts: int, error: str) -> bool:
    ended = {"finished_at": timezone.now(), "parts": parts, "error": error}
    return bool(_own(file).update(**ended)) and not error


def _records_of(file: ExportFile) -> RecordFilter:
    """What the owner may see of it today. Raises `DomainError` where that is nothing."""
    viewer = _viewer_of(file)
    query = Query.read(QueryDict(file.query))
    return read_page_filter(query, viewer, file.created_at).records


def _viewer_of(file: ExportFile) -> Principal:
    viewer = principal_of(file.owner)
    bound = (file.customer_id, file.team_id)
    if viewer is None or (viewer.customer_id, viewer.team_id) != bound:
        raise DomainError("forbidden", "What you may see has changed. Ask for it again.")
    if not may_read(viewer, Resource.USAGE):
        raise DomainError("forbidden", "You may not read requests.")
    return viewer


def _write(file: ExportFile, records: RecordFilter) -> int:
    """How many parts it has."""
    encode = exports.FORMATS[file.kind].encode
    size = number = 0
    for number, part in enumerate(_parts(encode(_counted(file, records))), start=1):
        size += len(part)
        if size > BYTES_MAX:
            raise DomainError("too_large", "The file would be over 512 MB. Choose fewer days.")
        with transaction.atomic():
            _hold(file)
            ExportChunk.objects.create(file=file, number=number - 1, content=part)
            _own(file).update(bytes=size)
    return number


def _counted(file: ExportFile, records: RecordFilter) -> Iterator[list[UsageRecord]]:
    done = 0
    for page in exports.pages(records):
        done += len(page)
        if done > ROWS_MAX:
            raise DomainError("too_many_rows", "There are more requests than a file holds.")
        if not _own(file).update(rows_done=done, seen_at=timezone.now()):
            raise Gone
        yield page


def _parts(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces worth a row."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
    if waiting:
        yield bytes(waiting)


def _own(file: ExportFile) -> QuerySet[ExportFile]:
    """The row, while it is this task's."""
    return ExportFile.objects.filter(pk=file.pk, attempt=file.attempt, finished_at=None)


def _hold(file: ExportFile) -> None:
    if not _own(file).select_for_update(of=("self",)).exists():
        raise Gone
