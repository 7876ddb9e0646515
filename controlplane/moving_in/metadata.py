"""Metadata of other gateways, which may nest, as ours, which is flat."""

import json
import re
from collections.abc import Mapping
from typing import Any

from controlplane.moving_in.part import Part
from controlplane.provisioning.reading.nodes import Fields, Items, Scalar
from controlplane.provisioning.shapes import plain_data
from controlplane.validators import (
    METADATA_KEY_LENGTH_MAX,
    METADATA_KEYS_MAX,
    METADATA_TEXT_LENGTH_MAX,
)

SECRETIVE = re.compile(r"secret|passw|token|credential|api_?key|callback|logging", re.IGNORECASE)
LOOKS_SECRET = "It may hold a secret, and metadata is shown."


def flat(part: Part, known: Mapping[str, str], taken: int = 0) -> dict[str, Any]:
    """What of it can be kept. `known` says why keys are left that mean something to the peer."""
    kept: dict[str, Any] = {}
    for name, value in part.fields():
        if why := known.get(name):
            value.left(why)
        elif SECRETIVE.search(name) or _hides_secrets(value):
            value.left(LOOKS_SECRET)
        elif (
            not 1 <= len(name) <= METADATA_KEY_LENGTH_MAX or len(kept) + taken >= METADATA_KEYS_MAX
        ):
            value.left("Metadata has at most 50 keys, of at most 128 characters.")
        elif value:
            _keep(name, value, kept)
    return kept


def _keep(name: str, part: Part, kept: dict[str, Any]) -> None:
    value = plain_data(part.node)
    if isinstance(part.node, Scalar):
        is_long = isinstance(value, str) and len(value) > METADATA_TEXT_LENGTH_MAX
        kept[name] = value[:METADATA_TEXT_LENGTH_MAX] if is_long else value
        part.approximated("Cut to 1,000 characters.") if is_long else part.mapped("metadata")
        return
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        text = ",".join(value)
    if len(text) > METADATA_TEXT_LENGTH_MAX:
        part.left("Nested, and longer than metadata may be.")
    else:
        kept[name] = text
        part.approximated("metadata: one text, since ours is flat")


def _hides_secrets(part: Part) -> bool:
    """Below it, by any name."""
    if isinstance(part.node, Fields):
        return any(SECRETIVE.search(name) or _hides_secrets(each) for name, each in part.fields())
    return isinstance(part.node, Items) and any(_hides_secrets(each) for each in part.items())
