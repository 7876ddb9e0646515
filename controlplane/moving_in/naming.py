"""Ids for what other gateways name as they like: the same name is the same id, each time."""

import hashlib
import re

from controlplane.fields import SLUG_LENGTH_MAX

HASH_LENGTH = 8
FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")


def slug(name: str) -> str:
    """The name itself where it can be an id; else what of it can, and a hash of it."""
    kept = FOREIGN.sub("-", name).lstrip("._-")
    if kept == name and len(kept) <= SLUG_LENGTH_MAX:
        return kept
    return told_apart(kept, name)


def told_apart(name: str, whole: str) -> str:
    """With a hash of the whole, so that it is nobody else's."""
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_LENGTH]
    stem = name[: SLUG_LENGTH_MAX - HASH_LENGTH - 1].rstrip("._-")
    return f"{stem}-{digest}" if stem else f"x-{digest}"
