"""Asking for a file, looking at it, and throwing it away; each member's are their own alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from controlplane import saving
from controlplane.accounts.models import Member
from controlplane.dashboard.models import ExportFile
from controlplane.errors import DomainError, invalid
from controlplane.fields import new_id
from controlplane.usage import exports

FROM_ROWS = 50_000
"""With more rows than this a file is made in the background."""
ROWS_MAX = 2_000_000
FILES_MAX = 5
KEPT_FOR = timedelta(days=3)


def files_of(member: Member) -> QuerySet[ExportFile]:
    """The newest first; none that was asked for while the member could see other rows."""
    alike = {"customer_id": member.customer_id, "team_id": member.team_id}
    return ExportFile.objects.filter(owner=member, **alike).order_by("-created_at", "-id")


@transaction.atomic
def ask_for_file(*, owner: Member, kind: str, query: str, rows: int) -> ExportFile:
    """A file to be made of the requests of a page's query. Raises `DomainError`."""
    if kind not in exports.FORMATS:
        raise invalid("kind", f"Must be one of {', '.join(exports.FORMATS)}.")
    most = min(exports.FORMATS[kind].rows_max or ROWS_MAX, ROWS_MAX)
    if rows > most:
        raise DomainError(
            "too_many_rows",
            f"These are {rows:,} requests, and a file of this kind holds {most:,}. "
            "Choose fewer days, or ask the API, which has no such limit for CSV.",
        )
    owner = saving.lock(Member(pk=owner.pk))
    if files_of(owner).count() >= FILES_MAX:
        raise DomainError("too_many", f"You have {FILES_MAX} files already: delete one first.")
    now = timezone.now()
    file = ExportFile(
        id=new_id("file"),
        owner=owner,
        customer_id=owner.customer_id,
        team_id=owner.team_id,
        kind=kind,
        query=query,
        rows_expected=rows,
        expires_at=now + KEPT_FOR,
    )
    return saving.add(file)


def chunks_of(file: ExportFile) -> Iterator[bytes]:
    """What it holds, a part at a time. Raises `DomainError` before the first where it is not."""
    if not file.is_ready:
        raise DomainError("not_ready", "This file is not ready.")
    ExportFile.objects.filter(pk=file.pk, fetched_at=None).update(fetched_at=timezone.now())
    return _read(file)


def _read(file: ExportFile) -> Iterator[bytes]:
    for number in range(file.parts):
        (content,) = file.chunks.filter(number=number).values_list("content", flat=True)[:1]
        yield bytes(content)


@transaction.atomic
def delete_file(file: ExportFile) -> None:
    """Whoever makes it meanwhile stops."""
    saving.remove(file)


def forget_files(now: datetime) -> int:
    """Those that nobody may fetch any longer."""
    many, _ = ExportFile.objects.filter(expires_at__lte=now).delete()
    return many
