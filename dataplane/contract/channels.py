"""The NOTIFY channel by which a configuration change reaches the data plane.

Triggers on the configuration tables send it inside the changing transaction, so whichever door a
change came through, it arrives at commit and never before. The payload is `catalog` (providers,
models, prices: reload them), `keys` (forget all cached keys), or `key:<sha256>` (forget one).
"""

from typing import Final

CONFIGURATION: Final = "purser_configuration"
CATALOG_CHANGED: Final = "catalog"
KEYS_CHANGED: Final = "keys"
KEY_CHANGED_PREFIX: Final = "key:"
