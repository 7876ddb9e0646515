"""Sealing of provider credentials: AES-256-GCM, bound to the provider they belong to.

A sealed credential is `version (1 byte) · key id (4) · nonce (12) · ciphertext`. The provider's id
is authenticated with it, so a sealed credential copied to another row does not open. The first
key of a `SealingKeys` seals, all of them open: that is how a sealing key is rotated.
"""

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12


class CredentialUnreadable(Exception):
    """A sealed credential that none of the sealing keys opens, or that was tampered with."""


def new_sealing_key() -> str:
    """A fresh key, base64: what `PURSER_SEALING_KEY` holds."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


class SealingKeys:
    """The keys that credentials are sealed with, newest first."""

    def __init__(self, encoded: Sequence[str]) -> None:
        keys = [_decode(text) for text in encoded]
        if not keys:
            raise ValueError("PURSER_SEALING_KEY is empty")
        self.sealing_id = _key_id(keys[0])
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}

    @classmethod
    def parse(cls, setting: str) -> "SealingKeys":
        """From the setting's text: base64 keys, newest first, separated by commas."""
        return cls([part.strip() for part in setting.split(",") if part.strip()])

    def seal(self, credential: Mapping[str, Any], provider_id: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        plain = json.dumps(credential, separators=(",", ":")).encode()
        sealed = self._ciphers[self.sealing_id].encrypt(nonce, plain, provider_id.encode())
        return VERSION + self.sealing_id + nonce + sealed

    def open(self, sealed: bytes, provider_id: str) -> dict[str, Any]:
        """Raises `CredentialUnreadable`, which never tells why in detail."""
        key_id, rest = sealed[1 : 1 + KEY_ID_BYTES], sealed[1 + KEY_ID_BYTES :]
        cipher = self._ciphers.get(key_id)
        if sealed[:1] != VERSION or cipher is None:
            raise CredentialUnreadable(provider_id)
        nonce, text = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            credential: dict[str, Any] = json.loads(
                cipher.decrypt(nonce, text, provider_id.encode())
            )
        except (InvalidTag, ValueError) as error:
            raise CredentialUnreadable(provider_id) from error
        return credential

    def reseal(self, sealed: bytes, provider_id: str) -> bytes:
        """The same, sealed with the newest key. Raises `CredentialUnreadable`."""
        if sealed[1 : 1 + KEY_ID_BYTES] == self.sealing_id:
            return sealed
        return self.seal(self.open(sealed, provider_id), provider_id)

    def __repr__(self) -> str:
        return f"SealingKeys({len(self._ciphers)} keys)"


def _decode(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("PURSER_SEALING_KEY is not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"PURSER_SEALING_KEY must be {KEY_BYTES} bytes in base64")
    return key


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"purser sealing key " + key).digest()[:KEY_ID_BYTES]
