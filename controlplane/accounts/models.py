"""Customers and teams, the members who look after them, and the tokens programs use."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from controlplane.accounts.roles import Role
from controlplane.fields import Described, SlugField
from controlplane.validators import validate_currency, validate_timezone

__all__ = ["ApiToken", "Customer", "Member", "Role", "Team"]


class Customer(Described):
    """Who pays."""

    CUSTOMER_PATHS = ("id",)
    TEAM_PATHS = ("teams__id",)

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
    TEAM_PATHS = ("id",)

    id = SlugField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="teams")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.id


class Bound(models.Model):
    """Whoever may be bound to a customer, or to one team of it, and then sees that alone."""

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)ss"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)ss"
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(team=None) | Q(customer__isnull=False),
                name="%(class)s_of_a_team_is_of_its_customer",
                violation_error_message="Who is bound to a team is bound to its customer.",
            )
        ]

    def clean(self) -> None:
        super().clean()
        if self.team is not None and self.team.customer_id != self.customer_id:
            raise ValidationError({"team": "This team belongs to another customer."})


class MemberManager(UserManager["Member"]):
    def create_superuser(self, username: str, *args: Any, **fields: Any) -> "Member":
        """For `manage.py createsuperuser`: the role is what counts here."""
        fields.setdefault("role", Role.ADMIN)
        return super().create_superuser(username, *args, **fields)


class Member(Bound, AbstractUser):
    """A person who signs in to the dashboard or the admin."""

    CUSTOMER_PATHS = ("customer_id",)
    TEAM_PATHS = ("team_id",)

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.AUDITOR)
    session_generation = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="Sessions of an earlier one are over."
    )
    is_granted_by_claims = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="The role is what the identity provider said, and nobody here said otherwise.",
    )

    objects: ClassVar[MemberManager] = MemberManager()  # type: ignore[assignment]

    class Meta(Bound.Meta):
        ordering = ["username"]
        verbose_name = "member"
        constraints = [
            *Bound.Meta.constraints,
            models.UniqueConstraint(
                Lower("username"),
                name="one_member_per_username",
                violation_error_code="unique",
                violation_error_message="There is a member of this name already.",
            ),
        ]

    def get_session_auth_hash(self) -> str:
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return map(self._session_hash, settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str | bytes) -> str:
        """Another password or generation ends every session."""
        state = f"{self.password} {self.session_generation}"
        return salted_hmac("purser.session", state, secret=secret, algorithm="sha256").hexdigest()


class ApiToken(Bound):
    """A program's access to the control plane. Only the secret's hash is stored.

    `scope` holds names of resources and narrows the role to them; an empty one does not.
    """

    CUSTOMER_PATHS = ("customer_id",)
    TEAM_PATHS = ("team_id",)

    id = SlugField(primary_key=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=16, choices=Role.choices)
    scope = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    is_read_only = models.BooleanField("read only", default=False, db_default=False)
    issued_by = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="issued_tokens"
    )
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(Bound.Meta):
        ordering = ["id"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name
