"""Forms that save through a service, so that the admin has no rules of its own."""

from typing import Any

from django import forms
from django.db import models, transaction

from controlplane.accounts.permissions import Principal, sees
from controlplane.errors import DomainError


class ServiceForm(forms.ModelForm):
    """A form that is valid when its service has written; what it refuses is shown at the field."""

    principal: Principal | None = None
    member: Any = None
    """Whoever has the form before them."""
    saved: models.Model
    issued_secret: str | None = None

    def write(self, fields: dict[str, Any]) -> models.Model:
        """Calls the service: with all fields for a new row, with what was changed for another."""
        raise NotImplementedError

    @property
    def is_new(self) -> bool:
        return self.instance._state.adding

    def _post_clean(self) -> None:
        is_new = self.is_new
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        names = self.cleaned_data if is_new else self.changed_data
        try:
            with transaction.atomic():
                self.saved = self.write({name: self._value(name) for name in names})
                self._require_own()
        except DomainError as error:
            self._show(error)

    def _require_own(self) -> None:
        if not sees(self.principal, self.saved):
            raise DomainError("out_of_bounds", "This is not within what you are bound to.")

    def _value(self, name: str) -> Any:
        """What was typed; the column's default where it was emptied and may not be null."""
        columns = {column.name: column for column in self.instance._meta.concrete_fields}
        value, column = self.cleaned_data[name], columns.get(name)
        if value is None and column is not None and not column.null:
            return column.get_default()
        return value

    def _show(self, error: DomainError) -> None:
        shown: list[str | None] = [name for name in error.fields if name in self.fields]
        for name in shown or [None]:
            self.add_error(name, error.message)
