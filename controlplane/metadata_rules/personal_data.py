"""What is held of metadata rules: their values are the values of requests."""

from controlplane.metadata_rules.models import MetadataRule
from controlplane.personal_data import Batches, Erasing, Holding, delete_in_batches


def _erase(erasing: Erasing) -> Batches:
    return delete_in_batches(MetadataRule.objects.filter(customer=erasing.customer_id))


HOLDINGS = (
    Holding(
        "metadata-rules",
        MetadataRule,
        personal=("name", "metadata", "allowed_values", "renames"),
        erase=_erase,
    ),
)
