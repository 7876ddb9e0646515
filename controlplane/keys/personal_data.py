"""What is held of virtual keys."""

from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.personal_data import Holding

HOLDINGS = (
    Holding("virtual-keys", VirtualKey, personal=("name", "metadata")),
    Holding("virtual-key-secrets", VirtualKeySecret, hidden=("secret_hash",)),
)
