"""Models over tables that another component writes: Django may look, and cannot break them."""

from typing import Any, NoReturn

from django.db import models


class ReadOnlyError(Exception):
    """This table is written only by the named statements in `billing/sql`."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class ReadOnlyQuerySet(models.QuerySet):
    """A queryset whose writing methods raise."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ReadOnlyError

    create = bulk_create = bulk_update = get_or_create = update_or_create = _refuse
    update = delete = _refuse  # type: ignore[assignment]


class ReadOnlyModel(models.Model):
    """A model that refuses to be saved or deleted."""

    objects = ReadOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ReadOnlyError

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ReadOnlyError
