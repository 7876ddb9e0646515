"""What is held of virtual keys, and of where they were sent from."""

from django.db import connection

from controlplane.keys.models import KeyNetwork, KeyRepetition, VirtualKey, VirtualKeySecret
from controlplane.personal_data import ROWS, Batches, Erasing, Holding

DELETE_NETWORKS = """
    DELETE FROM keys_keynetwork WHERE (virtual_key_id, network) IN (
        SELECT virtual_key_id, network
        FROM keys_keynetwork seen JOIN keys_virtualkey key ON key.id = seen.virtual_key_id
        WHERE key.customer_id = %s AND first_seen_at <= %s LIMIT %s
    )
"""

# A few of each key, and of one day.
DELETE_REPETITIONS = """
    DELETE FROM keys_keyrepetition WHERE virtual_key_id IN (
        SELECT id FROM keys_virtualkey WHERE customer_id = %s) AND first_at <= %s
"""


def _erase_networks(erasing: Erasing) -> Batches:
    """A key's next network is its first again."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(DELETE_NETWORKS, [erasing.customer_id, erasing.until, ROWS])
            if not cursor.rowcount:
                return
            yield cursor.rowcount


def _erase_repetitions(erasing: Erasing) -> Batches:
    with connection.cursor() as cursor:
        cursor.execute(DELETE_REPETITIONS, [erasing.customer_id, erasing.until])
        yield cursor.rowcount


HOLDINGS = (
    Holding("virtual-keys", VirtualKey, personal=("name", "metadata")),
    Holding("virtual-key-secrets", VirtualKeySecret, hidden=("secret_hash",)),
    Holding("virtual-key-networks", KeyNetwork, erase=_erase_networks, is_late=True),
    Holding("virtual-key-repetitions", KeyRepetition, erase=_erase_repetitions, is_late=True),
)
