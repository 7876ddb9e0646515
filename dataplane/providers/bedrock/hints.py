"""What changes no answer: marks for the prompt cache, and what is left out with a word about it."""

import re
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
INDEX = re.compile(r"\[\d+\]")


def ignore(conversation: Conversation, path: str) -> None:
    """Once for all turns: the list goes into a header."""
    if (name := INDEX.sub("[]", path)) not in conversation.ignored:
        conversation.ignored.append(name)


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
            ignore(self._conversation, FIELD)
            return
        ttl = {"ttl": mark.ttl} if mark.ttl and self._lasts else {}
        blocks.append({"cachePoint": {"type": "default", **ttl}})
