"""The matrix of what clients can ask of which provider, kept true by asking.

`PURSER_WRITE_MATRIX=1` writes it anew.
"""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.price_books import PriceBook
from dataplane.conversation.parts import Media
from dataplane.conversation.request import Conversation
from dataplane.errors import InvalidRequest, Unsupported
from dataplane.presence import Presence
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment, Provider
from dataplane.translation.registry import WireFormats
from tests.contract.features import FEATURES, PNG, Json

PAGE = Path(__file__).parents[2] / "dataplane" / "translation" / "MATRIX.md"
DIALECTS = {
    "Chat Completions": Endpoint.CHAT_COMPLETIONS,
    "Responses": Endpoint.RESPONSES,
    "Messages": Endpoint.MESSAGES,
}
# Column: kind of provider, and a model there.
PROVIDERS = {
    "openai": ("openai", "gpt-5.1"),
    "openai_compatible": ("openai_compatible", "some-model"),
    "azure_openai": ("azure_openai", "gpt-5.1"),
    "anthropic": ("anthropic", "claude-sonnet-4-6"),
    "vertex (Claude)": ("vertex", "claude-sonnet-4-6"),
    "bedrock (Claude)": ("bedrock", "anthropic.claude-sonnet-4-6"),
    "bedrock (Nova)": ("bedrock", "amazon.nova-2-lite-v1:0"),
    "gemini": ("gemini", "gemini-3-pro"),
    "vertex (Gemini)": ("vertex", "gemini-2.5-pro"),
}
PASSES, TRANSLATED, REFUSED, NOTHING = "passes", "translated", "refused", "–"
HEAD = """# What clients can ask of which provider

Made by asking: `tests/contract/test_matrix.py`, which `PURSER_WRITE_MATRIX=1` lets write this page.
Each cell is one request with that feature, in the dialect of the table, to a model of that kind.

* **passes**: both ends speak the same dialect; the bytes go through, and the provider judges them;
* **translated**: the provider is asked for the same in its own dialect. *Without* some fields: they
  change no answer, and the header `x-purser-ignored` names them;
* **refused**: a 400 that names the field. Nothing is dropped in silence;
* **–**: the client's dialect has no such thing.
"""


class Pictures:
    """In the place of the fetcher of media: a picture for every address."""

    async def fill_in(self, conversation: Conversation) -> None:
        for part in (part for turn in conversation.messages for part in turn.parts):
            if isinstance(part, Media) and part.url:
                part.media_type, part.data, part.url = "image/png", PNG, None


class Tokens:
    """In the place of Google's access tokens."""

    async def token(self, provider: Provider) -> str:
        return "token"

    async def project(self, provider: Provider) -> str:
        return provider.project


def deployment(kind: str, model: str) -> Deployment:
    provider = Provider(
        id="far",
        kind=kind,
        base_url="https://far.example/v1",
        region="us-east-1",
        project="project",
        auth_header="",
        extra_headers={},
        extra_query={},
        vendor="",
        credential={"api_key": "sk-0123456789"},
    )
    return Deployment(f"far/{model}", model, provider, model, 64_000, 200_000, PriceBook())


def call_of(endpoint: Endpoint, body: Json) -> GatewayRequest:
    call = GatewayRequest.new(endpoint, {}, Presence(), datetime.now(UTC))
    call.body = json.dumps({"model": "far/any", **body}).encode()
    call.parse()
    return call


def outcome(wires: WireFormats, endpoint: Endpoint, column: str, body: Json) -> str:
    """What a cell says."""
    kind, model = PROVIDERS[column]
    target = deployment(kind, model)
    call = call_of(endpoint, body)
    try:
        wire = wires.find(endpoint, target)
        asyncio.run(wire.request(call, target))
    except (Unsupported, InvalidRequest) as error:
        return f"{REFUSED}: `{error.param}`"
    if is_passing(kind, model, endpoint):
        return PASSES
    ignored = ", ".join(f"`{name}`" for name in call.ignored)
    return f"{TRANSLATED} without {ignored}" if ignored else TRANSLATED


def is_passing(kind: str, model: str, endpoint: Endpoint) -> bool:
    if endpoint is Endpoint.MESSAGES:
        return kind == "anthropic" or (kind == "vertex" and "claude" in model)
    return kind in ("openai", "openai_compatible", "azure_openai")


def page() -> str:
    media: Any = Pictures()
    tokens: Any = Tokens()
    wires = WireFormats(media, tokens, output_tokens_default=16_384)
    sections = [HEAD]
    for place, (title, endpoint) in enumerate(DIALECTS.items()):
        head = ["feature", *PROVIDERS]
        lines = [f"\n## {title}\n", _line(head), _line(["---"] * len(head))]
        for feature, bodies in FEATURES.items():
            body = bodies[place]
            cells = [
                NOTHING if body is None else outcome(wires, endpoint, column, body)
                for column in PROVIDERS
            ]
            if any(cell != NOTHING for cell in cells):
                lines.append(_line([feature, *cells]))
        sections.append("\n".join(lines) + "\n")
    return "".join(sections)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def test_the_page_says_what_is_so():
    made = page()
    if os.environ.get("PURSER_WRITE_MATRIX"):
        PAGE.write_text(made)

    assert made == PAGE.read_text()


@pytest.mark.parametrize("column", PROVIDERS)
def test_what_everybody_asks_for_is_possible_everywhere(column: str):
    media: Any = Pictures()
    tokens: Any = Tokens()
    wires = WireFormats(media, tokens, output_tokens_default=16_384)

    for feature in ("text", "stream", "system prompt", "tools", "tool results", "temperature"):
        for body, endpoint in zip(FEATURES[feature], DIALECTS.values(), strict=True):
            assert body is not None
            assert not outcome(wires, endpoint, column, body).startswith(REFUSED), feature
