"""What Gemini is not told of, since it changes no answer: the client learns it from a header."""

import re

from dataplane.conversation.request import Conversation

INDEX = re.compile(r"\[\d+\]")


def ignore(conversation: Conversation, path: str) -> None:
    """Once for all turns and tools, so that the header stays short."""
    if (name := INDEX.sub("[]", path)) not in conversation.ignored:
        conversation.ignored.append(name)
