"""Column types that several apps share: slugs as primary keys, money, timestamps."""

import secrets
from typing import Any

from django.core.validators import RegexValidator
from django.db import models

from controlplane.validators import validate_metadata

SLUG_LENGTH_MAX = 100
ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_RANDOM_LENGTH = 12
slug_validator = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    "An id starts with a letter or digit and holds letters, digits, '.', '_' and '-'.",
)


class SlugField(models.CharField):
    """An id people choose: at most 100 letters, digits, dots, dashes and underscores."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", SLUG_LENGTH_MAX)
        options.setdefault("validators", [slug_validator])
        super().__init__(**options)


def new_id(prefix: str) -> str:
    """An id for what was given none: `vk_3f9k2m7q1x5d`, in letters nobody mistakes."""
    return f"{prefix}_{''.join(secrets.choice(ID_ALPHABET) for _ in range(ID_RANDOM_LENGTH))}"


class UsdField(models.DecimalField):
    """An exact amount of US dollars: NUMERIC(24, 12)."""

    def __init__(self, verbose_name: str | None = None, **options: Any) -> None:
        options.setdefault("max_digits", 24)
        options.setdefault("decimal_places", 12)
        super().__init__(verbose_name, **options)


class Described(models.Model):
    """What every configured object has: a name, free metadata, and when it came and changed."""

    name = models.CharField(max_length=200, blank=True)
    metadata = models.JSONField(default=dict, blank=True, validators=[validate_metadata])
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
