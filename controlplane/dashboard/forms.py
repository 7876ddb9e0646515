"""Forms of pages: plain fields, written by a service, and never over what somebody else changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from django import forms
from django.db import models

from controlplane import saving
from controlplane.errors import Conflict
from controlplane.fields import Described
from controlplane.form_fields import Lines
from controlplane.service_forms import ServiceForm

LINES = {"rows": 3}


@dataclass(frozen=True)
class Group:
    """Fields under one heading; of the first it is empty."""

    title: str
    fields: list[forms.BoundField]


class Outdated(Conflict):
    """The row is no longer the one that the form was filled from."""


class PageForm(ServiceForm):
    """A form with the version of its row: `version` is when the row was last changed."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    groups: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Titles, and the names (`cache_*`: all that begin so) of the fields beneath them."""
    labels: ClassVar[Mapping[str, str]] = {}
    """Of fields that are not columns, and so have none in `Meta`."""
    instance: Described
    outdated: Outdated | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.is_new:
            self.initial["version"] = self.instance.updated_at.isoformat()
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            if isinstance(field, Lines):
                field.widget = forms.Textarea(attrs=LINES)

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

    @property
    def shown_groups(self) -> list[Group]:
        """The fields by heading; what is under none comes first."""
        left = {field.name: field for field in self.shown_fields}
        found = [
            Group(title, [left.pop(name) for name in list(left) if _is_one_of(name, names)])
            for title, names in self.groups.items()
        ]
        return [Group("", list(left.values())), *(group for group in found if group.fields)]

    def renewed(self) -> "PageForm":
        """The same form with what was typed, of the row as it is now: saving it again means it."""
        fresh = type(self.instance)._default_manager.get(pk=self.instance.pk)
        data = {name: self[name].value() for name in self.fields if name != "version"}
        again = type(self)(initial=data, instance=fresh, viewer=self.principal)
        again.initial["version"] = fresh.updated_at.isoformat()
        again.outdated = self.outdated
        return again


def _is_one_of(name: str, names: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, each) for each in names)
