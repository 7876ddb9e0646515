"""The format of a virtual key's secret, and the hash it is stored and found by.

The hash is an unsalted SHA-256: secrets that we make carry 256 random bits, so a salt would add
nothing, and key hashes of other gateways (LiteLLM) keep working after a move.
"""

import hashlib
import secrets

SECRET_PREFIX = "sk-pur-"
SECRET_LENGTH_MIN = 16
SECRET_LENGTH_MAX = 256


def new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """64 lower-case hex digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def secret_hint(secret: str) -> str:
    """What may be shown of a secret, to tell keys apart: its last four characters."""
    return secret[-4:]
