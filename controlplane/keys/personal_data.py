"""What is held of virtual keys, and of where they were sent from."""

from django.db import connection

from controlplane.keys.models import KeyNetwork, VirtualKey, VirtualKeySecret
from controlplane.personal_data import ROWS, Batches, Erasing, Holding

DELETE_NETWORKS = """
    DELETE FROM keys_keynetwork WHERE (virtual_key_id, network) IN (
        SELECT virtual_key_id, network
        FROM keys_keynetwork seen JOIN keys_virtualkey key ON key.id = seen.virtual_key_id
        WHERE key.customer_id = %s AND first_seen_at <= %s LIMIT %s
    )
"""


def _erase_networks(erasing: Erasing) -> Batches:
    """A key's next network is its first again."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(DELETE_NETWORKS, [erasing.customer_id, erasing.until, ROWS])
            if not cursor.rowcount:
                return
            yield cursor.rowcount


HOLDINGS = (
    Holding("virtual-keys", VirtualKey, personal=("name", "metadata")),
    Holding("virtual-key-secrets", VirtualKeySecret, hidden=("secret_hash",)),
    Holding("virtual-key-networks", KeyNetwork, erase=_erase_networks, is_late=True),
)
