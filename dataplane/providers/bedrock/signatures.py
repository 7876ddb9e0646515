"""AWS Signature Version 4, for requests to Bedrock.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. The path
is encoded once more than on the wire, as for all services but S3. The key that signs holds for a
day and a region, so it is made once for both.
"""

import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "bedrock"
ENDING = "aws4_request"
# All headers that AWS wants signed where they are sent.
SIGNED_ALWAYS = ("content-type", "host")
SIGNED_PREFIX = "x-amz-"


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """What requests are signed with."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes, as it stands on the wire. The query is `aws_query`'s, or empty."""

    host: str
    path: str
    query: str
    region: str


def signed(
    keys: AwsKeys, target: Target, headers: Mapping[str, str], body: bytes, at: float
) -> dict[str, str]:
    """The headers (named in lower case) with those that sign them. `at` is Unix time."""
    stamp = _stamp(int(at))
    headers = {**headers, "host": target.host, "x-amz-date": stamp}
    if keys.session_token:
        headers["x-amz-security-token"] = keys.session_token
    names = sorted(filter(_is_signed, headers))
    lines = "".join([f"{name}:{' '.join(headers[name].split())}\n" for name in names])
    listed = ";".join(names)
    hashed = sha256(body).hexdigest()
    request = f"POST\n{_encoded(target.path)}\n{target.query}\n{lines}\n{listed}\n{hashed}"
    scope = f"{stamp[:8]}/{target.region}/{SERVICE}/{ENDING}"
    text = f"{ALGORITHM}\n{stamp}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    key = _signing_key(keys.secret_access_key, stamp[:8], target.region)
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["authorization"] = (
        f"{ALGORITHM} Credential={keys.access_key_id}/{scope}, "
        f"SignedHeaders={listed}, Signature={signature}"
    )
    return headers


def aws_query(parameters: Iterable[tuple[str, str]]) -> str:
    """A query as AWS reads it: sorted, and with %20 for a space."""
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in parameters)
    return "&".join([f"{name}={value}" for name, value in pairs])


def _is_signed(name: str) -> bool:
    return name in SIGNED_ALWAYS or name.startswith(SIGNED_PREFIX)


@lru_cache(maxsize=4)
def _stamp(second: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))


@lru_cache(maxsize=1024)
def _encoded(path: str) -> str:
    """A path is there, and has no empty parts: base URLs have none, and ids are encoded whole."""
    return quote(path, safe="/")


@lru_cache(maxsize=256)
def _signing_key(secret: str, date: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, SERVICE, ENDING):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
