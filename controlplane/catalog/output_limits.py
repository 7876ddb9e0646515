"""How many tokens a listed model generates at most: our own table, in `output_limits.yaml`.

The price source does not know it, and a call that sets no limit of its own is bounded by it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("output_limits.yaml")
CONTEXT = "context"
# Before a model's own name: paths, regions of Bedrock, makers, and the mark of a fine-tuned one.
PREFIXES = re.compile(r"^(?:.*/)?(?:(?:global|regional|us|eu|apac|au|jp)\.)?(?:[a-z]+\.)?(?:ft:)?")

Limits = Mapping[str, int | str]


def max_output_tokens(vendor: str, model_name: str, context_tokens: int | None) -> int | None:
    """The most tokens a vendor's model generates for one choice; None if nobody knows."""
    name = PREFIXES.sub("", model_name.lower()).replace(".", "-")
    at_vendors, of_makers = _tables()
    for limits in (at_vendors.get(vendor, {}), of_makers):
        if fitting := [prefix for prefix in limits if name.startswith(prefix)]:
            limit = limits[max(fitting, key=len)]
            return context_tokens if limit == CONTEXT else int(limit)
    return None


@lru_cache(maxsize=1)
def _tables() -> tuple[Mapping[str, Limits], Limits]:
    """The limits by vendor, and those of all makers together."""
    tables: Mapping[str, Mapping[str, Any]] = yaml.safe_load(FILE.read_text())
    at_vendors = {vendor: table["tokens"] for vendor, table in tables["vendors"].items()}
    of_makers: dict[str, int | str] = {}
    for table in tables["makers"].values():
        of_makers |= table["tokens"]
    return at_vendors, of_makers
