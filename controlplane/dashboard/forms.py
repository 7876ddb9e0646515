"""Forms of pages: plain fields, written by a service, and never over what somebody else changed."""

from typing import Any

from django import forms
from django.db import models

from controlplane import saving
from controlplane.errors import Conflict
from controlplane.fields import Described
from controlplane.service_forms import ServiceForm


class Outdated(Conflict):
    """The row is no longer the one that the form was filled from."""


class PageForm(ServiceForm):
    """A form with the version of its row: `version` is when the row was last changed."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    instance: Described
    outdated: Outdated | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.is_new:
            self.initial["version"] = self.instance.updated_at.isoformat()

    def write(self, fields: dict[str, Any]) -> models.Model:
        """Raises `Outdated` where the row was changed since the form was shown."""
        if self.is_new:
            fields.pop("version", None)
            return self.add(fields)
        seen = self.instance.updated_at
        if "version" in fields or saving.lock(self.instance).updated_at != seen:
            self.outdated = Outdated("outdated", "It was changed while you were typing.")
            raise self.outdated
        return self.alter(fields)

    def add(self, fields: dict[str, Any]) -> models.Model:
        raise NotImplementedError

    def alter(self, fields: dict[str, Any]) -> models.Model:
        raise NotImplementedError

    @property
    def status(self) -> int:
        """Of an answer that shows the form again."""
        return 412 if self.outdated else 422

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        return [field for field in self if not field.is_hidden]

    def renewed(self) -> "PageForm":
        """The same form with what was typed, of the row as it is now: saving it again means it."""
        fresh = type(self.instance)._default_manager.get(pk=self.instance.pk)
        data = {name: self[name].value() for name in self.fields if name != "version"}
        again = type(self)(initial=data, instance=fresh, viewer=self.principal)
        again.initial["version"] = fresh.updated_at.isoformat()
        again.outdated = self.outdated
        return again
