"""What Gemini is sent for a conversation, at its own API or at Vertex AI, without a network."""

import json
from datetime import UTC, datetime
from typing import Any

from billing.price_books import PriceBook
from dataplane.conversation.parts import Part, Text
from dataplane.conversation.request import Conversation, Message, Tool
from dataplane.media.fetcher import MediaFetcher
from dataplane.media.rules import MediaRules
from dataplane.providers.base import UpstreamRequest
from dataplane.providers.gemini.provider import Gemini
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment, Provider

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OUTPUT_TOKENS_DEFAULT = 4_096
NO_FETCHING = MediaRules(hosts_allowed=())


class Nobody:
    """A client that stays."""

    is_gone = False


def provider(**fields: Any) -> Provider:
    row = {"region": "", "project": "", "auth_header": "", "extra_headers": {}, "extra_query": {}}
    usual = {"kind": "gemini", "base_url": "https://generativelanguage.googleapis.com"}
    credential = {"vendor": "google", "credential": {"api_key": "AIza-key"}}
    return Provider(id="far", **{**row, **usual, **credential, **fields})


def deployment(model: str = "gemini-3-flash-preview", **fields: Any) -> Deployment:
    usual = {"output_tokens_max": 65_536, "context_tokens": 1_000_000, "prices": PriceBook(())}
    far = fields.pop("provider", provider())
    return Deployment(
        id=f"far/{model}", name=model, provider=far, upstream_model=model, **{**usual, **fields}
    )


def call(
    *, streamed: bool = False, endpoint: Endpoint = Endpoint.CHAT_COMPLETIONS
) -> GatewayRequest:
    made = GatewayRequest.new(endpoint, {}, Nobody(), NOON)  # type: ignore[arg-type]
    made.streamed = streamed
    return made


def user(*parts: Part | str) -> Message:
    return Message("user", [_part(part) for part in parts])


def assistant(*parts: Part | str) -> Message:
    return Message("assistant", [_part(part) for part in parts])


def asking(*messages: Message, **fields: Any) -> Conversation:
    return Conversation(list(messages or [user("Hello")]), **fields)


def tool(name: str = "get_weather", **fields: Any) -> Tool:
    usual = {"description": "The weather.", "parameters": {"type": "object"}, "path": "tools[0]"}
    return Tool(name, **{**usual, **fields})


def fetcher() -> MediaFetcher:
    return MediaFetcher(NO_FETCHING)


async def sent(
    conversation: Conversation, model: str = "gemini-3-flash-preview", **fields: Any
) -> dict[str, Any]:
    """The body."""
    return json.loads((await request(conversation, deployment(model, **fields))).body)


async def request(
    conversation: Conversation, to: Deployment, *, streamed: bool = False
) -> UpstreamRequest:
    return await Gemini(fetcher(), OUTPUT_TOKENS_DEFAULT).request(
        conversation, call(streamed=streamed), to
    )


def _part(part: Part | str) -> Part:
    return Text(part, "messages[0].content") if isinstance(part, str) else part
