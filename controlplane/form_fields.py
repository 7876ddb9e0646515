"""Form fields for lists that people type: one entry a line, or separated by commas."""

import re
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget


class ListField(forms.CharField):
    """A list as text; empty entries are left out."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)

    def split(self, text: str) -> list[str]:
        return [line.strip() for line in text.splitlines() if line.strip()]

    def parse(self, entry: str) -> Any:
        return entry

    def show(self, entry: Any) -> str:
        return str(entry)

    def to_python(self, value: Any) -> Any:
        return [self.parse(entry) for entry in self.split(value or "")]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(self.show, value)) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except forms.ValidationError:
            return True


class Lines(ListField):
    """One entry a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), **options)


class FallbackLines(Lines):
    """`provider/model`, one a line."""

    def parse(self, entry: str) -> dict[str, str]:
        provider, slash, model = entry.partition("/")
        if not slash:
            raise forms.ValidationError(f"'{entry}' is not written as provider/model.")
        return {"provider": provider, "model": model}

    def show(self, entry: dict[str, str]) -> str:
        return f"{entry['provider']}/{entry['model']}"


class WeightedLines(Lines):
    """`name`, or `name weight`, one a line."""

    def parse(self, entry: str) -> str | tuple[str, int]:
        name, _, weight = entry.partition(" ")
        if not weight:
            return name
        if re.fullmatch(r" *[0-9]{1,9}", weight) is None:
            raise forms.ValidationError(f"'{entry}' is not written as a name and its weight.")
        return name, int(weight)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed([self.parse(entry) for entry in initial or []], data)


class Percentages(ListField):
    """Numbers separated by commas: `50, 80, 100`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=UnfoldAdminTextInputWidget(), **options)

    def split(self, text: str) -> list[str]:
        return [part.strip() for part in text.split(",") if part.strip()]

    def parse(self, entry: str) -> float:
        try:
            number = float(entry)
        except ValueError as error:
            raise forms.ValidationError(f"'{entry}' is not a number.") from error
        return int(number) if number.is_integer() else number

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(self.show, value)) if isinstance(value, list) else value
