"""How long a report may take, and what whoever asked for it reads when it takes longer."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from controlplane.errors import DomainError

# Sums by many groups fit into memory; the server's own limit is for many small queries at once.
LIMITS = """
SELECT set_config('statement_timeout', %s, true), set_config('work_mem', '128MB', true)
"""
_is_limited: ContextVar[bool] = ContextVar("is_limited", default=False)


@contextmanager
def limited_report() -> Iterator[None]:
    """Ends statements after `REPORT_SECONDS_MAX`; raises `DomainError` when one took longer.

    Several reports may share one: what is limited already is not limited again.
    """
    if _is_limited.get():
        yield
        return
    token = _is_limited.set(True)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(LIMITS, [f"{settings.REPORT_SECONDS_MAX}s"])
            yield
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise DomainError(
            "report_too_slow",
            f"This takes longer than {settings.REPORT_SECONDS_MAX} seconds. Ask for a shorter "
            "time, for one customer, or by fewer dimensions.",
        ) from error
    finally:
        _is_limited.reset(token)
