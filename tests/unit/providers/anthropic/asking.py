"""What Claude is sent for a conversation, without a network."""

import json
from typing import Any

import httpx

from billing.price_books import PriceBook
from dataplane.conversation.parts import Part, Text
from dataplane.conversation.request import Conversation, Message, Tool
from dataplane.presence import Presence
from dataplane.providers.anthropic.conversing import AnthropicConversing
from dataplane.providers.anthropic.sites import AnthropicSite, Site
from dataplane.providers.base import Reply, UpstreamRequest
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment, Provider
from tests.builders import NOON

OUTPUT_TOKENS_DEFAULT = 4_096
BUDGETED = "claude-sonnet-4-5"
ADAPTIVE = "claude-opus-4-7"


def provider(**fields: Any) -> Provider:
    row = {"region": "", "project": "", "auth_header": "", "extra_headers": {}, "extra_query": {}}
    usual = {"kind": "anthropic", "base_url": "https://api.anthropic.com", "vendor": "anthropic"}
    return Provider(id="far", **{**row, **usual, "credential": {"api_key": "sk-ant-key"}, **fields})


def deployment(model: str = BUDGETED, **fields: Any) -> Deployment:
    usual = {"output_tokens_max": 64_000, "context_tokens": 200_000, "prices": PriceBook(())}
    far = fields.pop("provider", provider())
    return Deployment(
        id=f"far/{model}", name=model, provider=far, upstream_model=model, **{**usual, **fields}
    )


def call(
    endpoint: Endpoint = Endpoint.CHAT_COMPLETIONS,
    *,
    streamed: bool = False,
    headers: dict[bytes, bytes] | None = None,
) -> GatewayRequest:
    made = GatewayRequest.new(endpoint, headers or {}, Presence(), NOON)
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


async def request(
    conversation: Conversation,
    to: Deployment | None = None,
    *,
    streamed: bool = False,
    site: Site | None = None,
) -> UpstreamRequest:
    claude = AnthropicConversing(site or AnthropicSite(), OUTPUT_TOKENS_DEFAULT)
    return await claude.request(conversation, call(streamed=streamed), to or deployment())


async def sent(conversation: Conversation, model: str = BUDGETED, **fields: Any) -> dict[str, Any]:
    """The body."""
    found: dict[str, Any] = json.loads(
        (await request(conversation, deployment(model, **fields))).body
    )
    return found


def reply(body: Any, status: int = 200, **headers: str) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, httpx.Headers(headers), data)


def _part(part: Part | str) -> Part:
    return Text(part, "messages[0].content") if isinstance(part, str) else part
