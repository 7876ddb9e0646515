"""Signatures of webhooks, as Standard Webhooks has them: a receiver may use any of its libraries.

`webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`.
The key is what stands after `whsec_`, decoded from base64.
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
KEY_BYTES = 32


def new_signing_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def signed_headers(secret: str, notice_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """`timestamp` is in seconds since 1970; a receiver refuses what is old."""
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{_signature(secret, notice_id, timestamp, body)}",
    }


def _signature(secret: str, notice_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{notice_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
