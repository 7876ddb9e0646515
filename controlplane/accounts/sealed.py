"""What is kept sealed of second factors: secrets and seeds, as texts among plain values."""

import base64
from typing import Any

from allauth.mfa.models import Authenticator

from controlplane.accounts.sign_in.adapters import SEALED_FOR
from controlplane.sealing import Sealed
from dataplane.contract.credentials import SealingKeys

PARTS = ("secret", "seed")


def _resealed(keys: SealingKeys, row: Authenticator) -> dict[str, Any]:
    parts = {name: _part(keys, row.data[name]) for name in PARTS if name in row.data}
    return {**row.data, **parts}


def _part(keys: SealingKeys, text: str) -> str:
    return base64.b64encode(keys.reseal(base64.b64decode(text), SEALED_FOR)).decode()


SEALED = (Sealed(Authenticator, "data", _resealed),)
