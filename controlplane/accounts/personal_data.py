"""What is held of customers' organisation and people."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import CASCADE

from controlplane.accounts.models import ApiToken, Customer, Member, Team
from controlplane.personal_data import Batches, Erasing, Holding, Retention, delete_in_batches

DESCRIPTION = ("name", "metadata")


def _erase_members(erasing: Erasing) -> Batches:
    """The rows stay, since other rows name them; nobody signs in as one any more."""
    for member in Member.objects.filter(customer=erasing.customer_id).order_by("pk"):
        with transaction.atomic():
            _forget_ties(member)
            member.username = f"erased-{member.pk}"
            member.first_name = member.last_name = member.email = ""
            member.is_active = False
            member.session_generation += 1
            member.set_unusable_password()
            member.save()
        yield 1


def _forget_ties(member: Member) -> None:
    """What other packages keep of a person: addresses, second factors, accounts elsewhere."""
    for tie in Member._meta.related_objects:
        model = tie.related_model
        is_ours = isinstance(model, type) and model.__module__.startswith("controlplane.")
        if tie.on_delete is CASCADE and not is_ours:
            model._default_manager.filter(**{tie.field.name: member}).delete()  # type: ignore[union-attr]


def _forget_sessions(older_than: datetime, _: int) -> Batches:
    """Those that ended."""
    return delete_in_batches(Session.objects.filter(expire_date__lt=older_than))


RETENTIONS = (Retention("sessions", _forget_sessions),)
HOLDINGS = (
    Holding("customer", Customer, personal=DESCRIPTION),
    Holding("teams", Team, personal=DESCRIPTION),
    Holding(
        "members",
        Member,
        personal=("username", "first_name", "last_name", "email"),
        hidden=("password",),
        erase=_erase_members,
    ),
    Holding("tokens", ApiToken, personal=("name",), hidden=("secret_hash",)),
)
