"""Marks for the prompt cache, which change no answer."""

from typing import Any

from dataplane.conversation.parts import CacheMark
from dataplane.conversation.request import Conversation
from dataplane.providers.bedrock.families import Family

# https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html: of models, where; others
# refuse the whole request.
CACHED = {
    Family.CLAUDE: frozenset({"system", "messages", "tools"}),
    Family.NOVA: frozenset({"system", "messages"}),
}
LASTING = frozenset({Family.CLAUDE})
"""These keep for longer than usual where they are asked to."""
FIELD = "cache_control"


class CachePoints:
    """Writes the marks of one conversation as points behind the blocks that they are on."""

    def __init__(self, conversation: Conversation, family: Family) -> None:
        self._conversation = conversation
        self._places = CACHED.get(family, frozenset())
        self._lasts = family in LASTING

    def add(self, mark: CacheMark | None, blocks: list[dict[str, Any]], place: str) -> None:
        if mark is None or not blocks:
            return
        if place not in self._places:
            self._conversation.ignore(FIELD)
            return
        ttl = {"ttl": mark.ttl} if mark.ttl and self._lasts else {}
        blocks.append({"cachePoint": {"type": "default", **ttl}})
