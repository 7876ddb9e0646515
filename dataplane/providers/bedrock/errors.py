"""What Bedrock says when it refuses: its message in the body, the kind of error in a header.

https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html. The header reads
`ValidationException:http://internal.amazon.com/…`, and what follows the colon means nothing.
"""

from typing import Any

import msgspec

from dataplane.providers.base import Reply, UpstreamError
from dataplane.providers.retry_after import retry_after_seconds

TYPE_HEADER = "x-amzn-errortype"
MESSAGES = ("message", "Message", "errorMessage")
TYPES = ("__type", "code")

_decode = msgspec.json.Decoder().decode


def read_error(reply: Reply) -> UpstreamError:
    """Of a body of any shape."""
    body = decoded(reply.body)
    kind = reply.headers.get(TYPE_HEADER) or first_text(body, TYPES)
    return UpstreamError(
        first_text(body, MESSAGES),
        plain_type(kind) or None,
        retry_after_seconds(reply.headers),
    )


def plain_type(name: str) -> str:
    """Without the addresses and namespaces that some servers put around it."""
    return name.partition(":")[0].rpartition("#")[2].strip()


def first_text(body: dict[str, Any], names: tuple[str, ...]) -> str:
    """The first of these fields that says something; empty for none."""
    return next((text for name in names if isinstance(text := body.get(name), str) and text), "")


def decoded(body: bytes) -> dict[str, Any]:
    """Empty for what is no JSON object."""
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
