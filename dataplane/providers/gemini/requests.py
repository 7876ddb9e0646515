"""A conversation as the body of `generateContent`, the same at the Gemini API and at Vertex AI."""

from typing import Any

from dataplane.conversation.request import Conversation
from dataplane.media.fetcher import MediaFetcher
from dataplane.providers.gemini.contents import Contents
from dataplane.providers.gemini.generation import generation_config
from dataplane.providers.gemini.media import fill_in
from dataplane.providers.gemini.models import abilities_of
from dataplane.providers.gemini.tools import tool_fields


async def written(
    conversation: Conversation, model: str, fetcher: MediaFetcher, maker: str
) -> dict[str, Any]:
    """What images and documents by URL hold is fetched for it. Raises `Untranslatable`."""
    abilities = abilities_of(model)
    config = generation_config(conversation, abilities)
    tools = tool_fields(conversation, abilities)
    await fill_in(conversation, fetcher)
    turns = Contents(conversation, abilities, maker)
    body = {"contents": turns.write(), **turns.instructions(), **tools}
    if config:
        body["generationConfig"] = config
    if conversation.end_user:
        conversation.ignore("end_user")
    return body
