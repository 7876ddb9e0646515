"""Accounts of Google Cloud whose token service is the test's own far end.

The forms are those of Google's documentation: a key file, and a token service's answers.
"""

import functools
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.upstream import Asked, Scripted, whole

TOKEN_PATH = "/token"
GRANT = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"


def key_file(token_url: str, **fields: Any) -> dict[str, str]:
    """A service account's, as it is downloaded."""
    return {
        "type": "service_account",
        "project_id": "its-project",
        "private_key_id": "0123456789abcdef",
        "private_key": _private_key(),
        "client_email": "purser@its-project.iam.gserviceaccount.com",
        "client_id": "1234567890",
        "token_uri": f"{token_url}{TOKEN_PATH}",
        **fields,
    }


def tokens(lifetime_seconds: int = 3600) -> Any:
    """A script for the far end: each grant gets a token of its own, `token-1` and on."""
    granted: list[Asked] = []

    def answer(asked: Asked) -> Scripted:
        granted.append(asked)
        token = {"access_token": f"token-{len(granted)}", "token_type": "Bearer"}
        return whole({**token, "expires_in": lifetime_seconds})

    return answer


@functools.cache
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode()
