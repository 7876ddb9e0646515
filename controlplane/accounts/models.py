"""Customers and teams, the members who look after them, and the tokens programs use."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from controlplane.fields import Described, SlugField
from controlplane.validators import validate_currency, validate_timezone


class Role(models.TextChoices):
    """What a member or token may do; `accounts/permissions.py` says it per resource."""

    ADMIN = "admin", "Administrator"
    ENGINEER = "engineer", "Engineer: keys, models, limits"
    FINANCE = "finance", "Finance: budgets, prices, reports"
    AUDITOR = "auditor", "Auditor: reads all"


class Customer(Described):
    """Who pays."""

    CUSTOMER_PATHS = ("id",)

    id = SlugField(primary_key=True)
    currency = models.CharField(max_length=3, default="USD", validators=[validate_currency])
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.id


class Team(Described):
    """A group inside a customer."""

    CUSTOMER_PATHS = ("customer_id",)

    id = SlugField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="teams")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.id


class Member(AbstractUser):
    """A person who signs in to the dashboard or the admin, perhaps bound to one customer."""

    CUSTOMER_PATHS = ("customer_id",)

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.AUDITOR)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="members"
    )

    class Meta:
        ordering = ["username"]
        verbose_name = "member"


class ApiToken(models.Model):
    """A program's access to the control plane. Only the secret's hash is stored."""

    CUSTOMER_PATHS = ("customer_id",)

    id = SlugField(primary_key=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=16, choices=Role.choices)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="api_tokens"
    )
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name
