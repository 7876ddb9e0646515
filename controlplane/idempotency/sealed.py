"""What is kept sealed of answers."""

from controlplane.idempotency.models import KeptAnswer
from controlplane.sealing import Sealed, bytes_bound_to

SEALED = (Sealed(KeptAnswer, "sealed", bytes_bound_to("sealed", lambda row: str(row.id))),)
