"""What is kept sealed of providers."""

from controlplane.catalog.models import Provider
from controlplane.sealing import Sealed, bytes_bound_to

COLUMN = "credential_sealed"
SEALED = (Sealed(Provider, COLUMN, bytes_bound_to(COLUMN, lambda row: str(row.id))),)
