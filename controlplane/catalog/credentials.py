"""Provider credentials on their way into the database: checked for shape, sealed, never out again.

No message here repeats a value that was sent.
"""

from collections.abc import Mapping
from typing import Any

from controlplane.catalog.credential_shapes import require_shape
from controlplane.catalog.models import Provider
from controlplane.sealing import sealing_keys


def seal(credential: Mapping[str, Any] | None, provider: Provider) -> bytes | None:
    """The credential as it is stored; `{}` means the environment's, None that there is none."""
    if credential is None:
        return None
    require_shape(credential, provider.kind)
    return sealing_keys().seal(credential, provider.id)
