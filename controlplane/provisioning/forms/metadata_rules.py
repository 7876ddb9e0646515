"""Rules for the metadata of a customer's requests."""

from collections.abc import Iterator

from controlplane.accounts.permissions import Resource
from controlplane.metadata_rules.models import MetadataRule, Violation
from controlplane.metadata_rules.services import rule_id
from controlplane.provisioning.forms.accounts import CUSTOMER_SYNONYMS, DESCRIPTION
from controlplane.provisioning.forms.form import Entry, Field, Form
from controlplane.provisioning.problems import Problem
from controlplane.provisioning.shapes import each, pairs_of
from controlplane.provisioning.values import flag, one_of, slug, text


def _complete(entry: Entry) -> Iterator[Problem]:
    """A rule is known by whose it is and what it is about."""
    for column, name in (("customer_id", "customer"), ("key", "key")):
        if column not in entry.places:
            yield Problem(entry.place, f"Needs '{name}': a rule is about one key of a customer's.")
    customer_id, key = entry.values.get("customer_id"), entry.values.get("key")
    if customer_id is not None and key is not None:
        entry.id = rule_id(customer_id, key)
        entry.places["id"] = entry.place_of("key")


METADATA_RULES = Form(
    section="metadata_rules",
    resource=Resource.METADATA_RULES,
    model=MetadataRule,
    fields={
        "customer": Field("customer_id", slug),
        "key": Field("key", text),
        **DESCRIPTION,
        "required": Field("required", flag),
        "allowed_values": Field("allowed_values", each(text)),
        "on_violation": Field("on_violation", one_of(Violation.values)),
        "renames": Field("renames", pairs_of(text)),
    },
    synonyms=CUSTOMER_SYNONYMS,
    complete=_complete,
)
