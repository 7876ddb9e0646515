"""Customers and teams."""

from collections.abc import Iterator

from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import Resource
from controlplane.provisioning.forms.form import Entry, Field, Form
from controlplane.provisioning.problems import Problem
from controlplane.provisioning.shapes import pairs_of, plain_data
from controlplane.provisioning.values import flag, slug, text, text_or_none

DESCRIPTION = {
    "name": Field("name", text_or_none),
    "metadata": Field("metadata", pairs_of(plain_data)),
}
CUSTOMER_SYNONYMS = {"customer_id": "customer"}


def require_id(entry: Entry) -> Iterator[Problem]:
    if entry.id is None and "id" not in entry.places:
        message = "Needs an 'id': without one, applying twice would make two."
        yield Problem(entry.place, message)


CUSTOMERS = Form(
    section="customers",
    resource=Resource.CUSTOMERS,
    model=Customer,
    fields={
        "id": Field("id", slug),
        **DESCRIPTION,
        "currency": Field("currency", text),
        "timezone": Field("timezone", text),
        "is_active": Field("is_active", flag),
    },
    has_budget=True,
    complete=require_id,
)

TEAMS = Form(
    section="teams",
    resource=Resource.TEAMS,
    model=Team,
    fields={"id": Field("id", slug), **DESCRIPTION, "customer": Field("customer_id", slug)},
    synonyms=CUSTOMER_SYNONYMS,
    has_budget=True,
    complete=require_id,
)
