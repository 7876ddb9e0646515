"""Metadata rules in a file."""

import pytest

from controlplane.metadata_rules.models import MetadataRule
from controlplane.provisioning.export import export_configuration
from tests.integration.provisioning.applying import apply, wrong

pytestmark = pytest.mark.usefixtures("database")

FILE = """
metadata_rules:
- customer: acme
  key: cost center
  required: true
  allowed_values: [B-17, "7"]
  on_violation: unallocated
  renames: {B-1: B-17}
"""


def test_a_rule_is_made_with_its_customer_and_applied_again_changes_nothing():
    apply(FILE)

    rule = MetadataRule.objects.get(id="acme/cost center")
    assert (rule.required, rule.allowed_values) == (True, ["B-17", "7"])
    assert (rule.on_violation, rule.renames) == ("unallocated", {"B-1": "B-17"})
    assert apply(FILE).plan.is_empty
    assert apply("".join(export_configuration("acme")), prune=True).plan.is_empty


def test_a_field_changes_and_pruning_takes_what_the_file_leaves_out():
    apply(FILE)

    apply(FILE.replace("required: true", "required: false"))
    assert MetadataRule.objects.get().required is False

    apply("customers: [{id: acme}]\nmetadata_rules: []", prune=True)
    assert not MetadataRule.objects.exists()


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("key: a/b", "key"),
        ("renames: {a: b, b: c}", "renames"),
        ("on_violation: maybe", "on_violation"),
        ("customer: 7 7", "customer"),
    ],
)
def test_what_is_wrong_is_named(line, field):
    name = line.partition(":")[0]
    lines = [each for each in FILE.strip().splitlines() if f"{name}:" not in each]
    text = "\n".join([*lines, f"  {line}"]).replace("metadata_rules:\n  ", "metadata_rules:\n- ")

    assert any(field in each for each in wrong(text))
    assert not MetadataRule.objects.exists()
