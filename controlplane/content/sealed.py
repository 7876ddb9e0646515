"""What the data plane keeps sealed of requests."""

from controlplane.content.models import StoredContent
from controlplane.sealing import Sealed, bytes_bound_to

SEALED = (
    Sealed(StoredContent, "sealed", bytes_bound_to("sealed", lambda row: str(row.request_id))),
)
