"""Rows of the configuration as the rules that requests of a key are held to."""

from psycopg.rows import DictRow

from dataplane.snapshot.model import CacheRules, MetadataRule

CACHE_TTL_SECONDS = 24 * 60 * 60
"""Of keys that do not say how long their answers hold."""
TARGET_ERROR = 0.05
"""Of keys that do not say how many hits by similarity may be wrong."""


def cache_rules(row: DictRow) -> CacheRules | None:
    if row["cache_mode"] == "off":
        return None
    return CacheRules(
        ttl_seconds=row["cache_ttl_seconds"] or CACHE_TTL_SECONDS,
        namespace=row["cache_namespace"],
        is_semantic=row["cache_mode"] in ("semantic", "shadow"),
        threshold=None if row["cache_threshold"] is None else float(row["cache_threshold"]),
        target_error=float(row["cache_target_error"] or TARGET_ERROR),
        endpoints=frozenset(row["cache_endpoints"]),
        serves=row["cache_mode"] != "shadow",
        takes_conversations=row["cache_conversations"],
        embedder=row["cache_embedder"],
        judge=row["cache_judge"],
    )


def metadata_rule(row: DictRow) -> MetadataRule:
    allowed = tuple(row["allowed_values"])
    old = (old for old, new in row["renames"].items() if new in allowed)
    return MetadataRule(
        key=row["key"],
        is_required=row["required"],
        allowed=allowed,
        passes=frozenset((*allowed, *old)),
        refuses=row["on_violation"] == "refuse",
    )
