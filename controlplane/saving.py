"""How a row of configuration is written: validated whole, only what changed, named when refused."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction

from controlplane.errors import Conflict, DomainError, from_validation
from controlplane.validators import is_storable

Row = TypeVar("Row", bound=models.Model)

DEPENDANTS_NAMED_MAX = 5


def add(row: Row) -> Row:
    """Inserts a new row."""
    _validate(row)
    _write(lambda: row.save(force_insert=True))
    return row


def change(row: Row, changes: Mapping[str, Any]) -> Row:
    """Sets the given fields, and those alone, so that nobody's change of another is lost."""
    current = lock(row)
    changed = [name for name, value in changes.items() if getattr(current, name) != value]
    for name in changed:
        setattr(current, name, changes[name])
    if changed:
        _validate(current)
        _write(lambda: current.save(update_fields=[*changed, *_clocks(current)]))
    return current


def remove(row: models.Model) -> None:
    """Deletes a row that nothing else needs."""
    if dependants := _dependants(row):
        words = "; ".join(f"{kind}: {', '.join(ids)}" for kind, ids in dependants.items())
        raise Conflict("in_use", f"It is still in use by {words}.", dependants)
    _write(row.delete)


def lock(row: Row) -> Row:
    """The row as it is now, held until the end of the transaction."""
    return type(row)._default_manager.select_for_update().get(pk=row.pk)


def _validate(row: models.Model) -> None:
    for field in row._meta.concrete_fields:
        if not is_storable(getattr(row, field.attname)):
            message = "Holds a character that cannot be stored, or is nested too deeply."
            raise DomainError("invalid", f"{field.name}: {message}", {field.name: [message]})
    try:
        row.full_clean()
    except ValidationError as error:
        raise from_validation(error) from error


def _write(write: Any) -> None:
    """Runs the write and checks its references at once, not when the request has been answered."""
    try:
        with transaction.atomic():
            write()
            connection.check_constraints()
    except (IntegrityError, models.ProtectedError) as error:
        raise Conflict("conflict", "Another change came first; look and try again.") from error


def _clocks(row: models.Model) -> list[str]:
    return [field.name for field in row._meta.concrete_fields if getattr(field, "auto_now", False)]


def _dependants(row: models.Model) -> dict[str, list[str]]:
    """The first few rows that forbid the deletion, by what they are."""
    found = {}
    for relation in row._meta.related_objects:
        if relation.on_delete is models.PROTECT:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: row})
            keys = rows.values_list("pk", flat=True)[:DEPENDANTS_NAMED_MAX]
            kind = str(relation.related_model._meta.verbose_name_plural).replace(" ", "_")
            found[kind] = [str(key) for key in keys]
    return {kind: keys for kind, keys in found.items() if keys}
