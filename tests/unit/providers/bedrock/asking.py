"""What Bedrock is asked in tests, without a network."""

from typing import Any

from billing.price_books import PriceBook
from dataplane.conversation.parts import Part, Text
from dataplane.conversation.request import Conversation, Message
from dataplane.media.fetcher import MediaFetcher
from dataplane.media.rules import MediaRules
from dataplane.providers.bedrock.provider import Bedrock
from dataplane.providers.bedrock.requests import written
from dataplane.snapshot.model import Deployment, Provider

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NEW_CLAUDE = "global.anthropic.claude-opus-4-6-v1"
NOVA = "us.amazon.nova-2-lite-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"
MISTRAL = "us.mistral.pixtral-large-2502-v1:0"
LLAMA = "us.meta.llama4-scout-17b-instruct-v1:0"
KEYS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMI"}
DEFAULT = 16_384


def deployment(model: str = CLAUDE, *, name: str | None = None, **provider: Any) -> Deployment:
    """At a provider with the region and the address that are usual."""
    fields = {
        "id": "aws",
        "kind": "bedrock",
        "base_url": "https://bedrock-runtime.us-east-1.amazonaws.com",
        "region": "us-east-1",
        "project": "",
        "auth_header": "",
        "extra_headers": {},
        "extra_query": {},
        "vendor": "aws",
        "credential": KEYS,
    }
    at = Provider(**{**fields, **provider})
    name = name or model
    return Deployment(f"aws/{name}", name, at, model, None, None, PriceBook())


def bedrock() -> Bedrock:
    return Bedrock(MediaFetcher(MediaRules(())), DEFAULT)


def saying(*parts: Part | str, **asked: Any) -> Conversation:
    """One turn of the user."""
    said = [
        Text(part, f"m[{n}]") if isinstance(part, str) else part for n, part in enumerate(parts)
    ]
    return Conversation([Message("user", said)], **asked)


def body_of(
    conversation: Conversation, model: str = CLAUDE, limit: int = DEFAULT
) -> dict[str, Any]:
    """The body that Bedrock gets, as its fields."""
    return written(conversation, deployment(model), limit)
