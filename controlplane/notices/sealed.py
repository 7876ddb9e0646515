"""What is kept sealed of channels."""

from controlplane.notices.models import Channel
from controlplane.notices.services import bound_to
from controlplane.sealing import Sealed, bytes_bound_to

COLUMN = "credential_sealed"
SEALED = (Sealed(Channel, COLUMN, bytes_bound_to(COLUMN, bound_to)),)
