"""How a row of configuration is written: validated whole, only what changed, named when refused."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from controlplane.errors import Conflict, DomainError, RowsRefused, from_validation
from controlplane.validators import is_storable

Row = TypeVar("Row", bound=models.Model)

DEPENDANTS_NAMED_MAX = 5
BATCH_ROWS = 1000


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


def add_all(rows: Sequence[Row]) -> list[Row]:
    """Inserts new rows of one kind, with a few statements for all. Raises `RowsRefused`."""
    if not rows:
        return []
    refusals = _refusals(rows, _validate_alone)
    for taken in _stored(rows).only("pk"):
        message = f"This {rows[0]._meta.verbose_name} exists already."
        refusals[str(taken.pk)] = Conflict("already_exists", f"id: {message}", {"id": [message]})
    if refusals:
        raise RowsRefused(refusals)
    _write(lambda: type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH_ROWS))
    return list(rows)


def change_all(changes: Sequence[tuple[Row, Mapping[str, Any]]]) -> list[Row]:
    """Sets fields of rows of one kind, of each its own. Raises `RowsRefused`."""
    if not changes:
        return []
    current = {row.pk: row for row in _held([row for row, _ in changes])}
    if any(row.pk not in current for row, _ in changes):
        raise _overtaken()
    changed: dict[Any, list[str]] = {}
    for row, values in changes:
        names = [n for n, value in values.items() if getattr(current[row.pk], n) != value]
        for name in names:
            setattr(current[row.pk], name, values[name])
        if names:
            changed.setdefault(row.pk, []).extend(names)
    if refusals := _refusals([current[pk] for pk in changed], _validate_alone):
        raise RowsRefused(refusals)
    _write(lambda: _save_all([(current[pk], names) for pk, names in changed.items()]))
    return [current[row.pk] for row, _ in changes]


def remove(row: models.Model) -> None:
    """Deletes a row that nothing else needs."""
    if dependants := _dependants([row]):
        raise _in_use(dependants)
    _write(row.delete)


def remove_all(rows: Sequence[models.Model]) -> None:
    """Deletes rows of one kind, none of which anything else needs, with a few statements."""
    if not rows:
        return
    if dependants := _dependants(rows):
        raise _in_use(dependants)
    _write(lambda: type(rows[0])._default_manager.filter(pk__in=[r.pk for r in rows]).delete())


def lock(row: Row) -> Row:
    """The row as it is now, held until the end of the transaction.

    Held against changes, that is: rows that refer to it, such as a balance of a budget, may come.
    """
    return type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)


def _stored(rows: Sequence[Row]) -> models.QuerySet[Row]:
    """Those of the rows that exist, as they are now."""
    kind = type(rows[0])
    return kind._default_manager.filter(pk__in=[row.pk for row in rows]).order_by("pk")


def _held(rows: Sequence[Row]) -> models.QuerySet[Row]:
    """The same, held as by `lock`, with what they refer to: validation looks at it."""
    references = [field.name for field in rows[0]._meta.concrete_fields if field.is_relation]
    return _stored(rows).select_for_update(no_key=True).prefetch_related(*references)


def _save_all(changes: Sequence[tuple[models.Model, list[str]]]) -> None:
    """Rows of which the same fields change are written together."""
    alike: dict[tuple[str, ...], list[models.Model]] = {}
    for row, names in changes:
        for clock in _clocks(row):
            setattr(row, clock, timezone.now())
        alike.setdefault(tuple(sorted({*names, *_clocks(row)})), []).append(row)
    for fields, rows in alike.items():
        type(rows[0])._default_manager.bulk_update(rows, fields, batch_size=BATCH_ROWS)


def _refusals(
    rows: Sequence[models.Model], check: Callable[[models.Model], None]
) -> dict[str, DomainError]:
    refusals = {}
    for row in rows:
        try:
            check(row)
        except DomainError as error:
            refusals[str(row.pk)] = error
    return refusals


def _validate_alone(row: models.Model) -> None:
    """All that can be said without asking the database, which checks the rest when it writes."""
    references = {field.name for field in row._meta.concrete_fields if field.is_relation}
    _require_storable(row)
    try:
        row.clean_fields(exclude=references)
        row.clean()
    except ValidationError as error:
        raise from_validation(error) from error


def _validate(row: models.Model) -> None:
    _require_storable(row)
    try:
        row.full_clean()
    except ValidationError as error:
        raise from_validation(error) from error


def _require_storable(row: models.Model) -> None:
    for field in row._meta.concrete_fields:
        if not is_storable(getattr(row, field.attname)):
            message = "Holds a character that cannot be stored, or is nested too deeply."
            raise DomainError("invalid", f"{field.name}: {message}", {field.name: [message]})


def _write(write: Any) -> None:
    """Runs the write and checks its references at once, not when the request has been answered."""
    try:
        with transaction.atomic():
            write()
            connection.check_constraints()
    except (IntegrityError, models.ProtectedError) as error:
        raise _overtaken() from error


def _overtaken() -> Conflict:
    return Conflict("conflict", "Another change came first; look and try again.")


def _clocks(row: models.Model) -> list[str]:
    return [field.name for field in row._meta.concrete_fields if getattr(field, "auto_now", False)]


def _in_use(dependants: dict[str, list[str]]) -> Conflict:
    words = "; ".join(f"{kind}: {', '.join(ids)}" for kind, ids in dependants.items())
    return Conflict("in_use", f"It is still in use by {words}.", dependants)


def _dependants(rows: Sequence[models.Model]) -> dict[str, list[str]]:
    """The first few rows that forbid the deletion, by what they are."""
    found = {}
    for relation in rows[0]._meta.related_objects:
        if relation.on_delete is models.PROTECT:
            needing = {f"{relation.field.name}__in": rows}
            keys = relation.related_model._base_manager.filter(**needing)
            keys = keys.values_list("pk", flat=True)[:DEPENDANTS_NAMED_MAX]
            kind = str(relation.related_model._meta.verbose_name_plural).replace(" ", "_")
            found[kind] = [str(key) for key in keys]
    return {kind: keys for kind, keys in found.items() if keys}
