"""Usage as Bedrock reports it: Converse, and the counts that InvokeModel adds to any model's.

`inputTokens` excludes what was read from or written to the cache. Each cache count comes under two
spellings, often at once; `cacheDetails` splits the writes by how long they are kept.
"""

from collections.abc import Mapping
from typing import Any

from billing.tokens import Tokens
from billing.usage.reported import count, entries, first_count

INPUT = ("inputTokens", "inputTokenCount")
OUTPUT = ("outputTokens", "outputTokenCount")
CACHE_READ = ("cacheReadInputTokens", "cacheReadInputTokenCount")
CACHE_WRITE = ("cacheWriteInputTokens", "cacheWriteInputTokenCount")


def read_bedrock(usage: Mapping[str, Any]) -> Tokens:
    """A Converse `usage`, or the `amazon-bedrock-invocationMetrics` of InvokeModel."""
    cache_read = first_count(usage, CACHE_READ)
    cache_write = first_count(usage, CACHE_WRITE)
    one_hour = sum(
        count(entry, "inputTokens", "cacheDetails")
        for entry in entries(usage, "cacheDetails")
        if entry.get("ttl") == "1h"
    )
    return Tokens(
        input=first_count(usage, INPUT) + cache_read + cache_write,
        cached_input=cache_read,
        cache_write=cache_write,
        output=first_count(usage, OUTPUT),
        cache_write_1h=min(one_hour, cache_write),
    )
