"""From what is said to JSON."""

import json
from typing import Any

import msgspec

_encode = msgspec.json.encode


def encoded(value: Any) -> bytes:
    """Half a character, where a model's stream was cut within it, is escaped, as JSON allows."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return json.dumps(value).encode()
