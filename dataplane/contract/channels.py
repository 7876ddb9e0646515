"""The NOTIFY channels.

By `purser_configuration` a configuration change reaches the data plane. By `purser_recall` a
process that comes short of a balance (its id) calls in what others hold of it idle, and by
`purser_rate_recall` one that comes short of a key's rate limits (`<its own id> <the key's id>`).
By `purser_booked` a process says, at most once a second, that it booked records.

Triggers on the configuration tables announce a change inside the changing transaction, so whichever
door it came through, it arrives at commit and never before. The payload is `catalog` (providers,
models, prices: reload them), `keys` (forget all cached keys), or `key:<sha256>` (forget one).
"""

from typing import Final

CONFIGURATION: Final = "purser_configuration"
CATALOG_CHANGED: Final = "catalog"
KEYS_CHANGED: Final = "keys"
KEY_CHANGED_PREFIX: Final = "key:"
RECALL: Final = "purser_recall"
BOOKED: Final = "purser_booked"
RATE_RECALL: Final = "purser_rate_recall"
