"""What a turn is made of. A part that a provider cannot take is refused by its `path`, so that the
developer learns which field of the request is meant."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Text:
    """Words."""

    text: str
    path: str = ""
    cache: "CacheMark | None" = None
    citations: list[Any] = field(default_factory=list)
    """What an answer says its words rest on, in Anthropic's form of citations."""


@dataclass(slots=True)
class CacheMark:
    """Everything up to here is worth keeping in the provider's prompt cache."""

    ttl: str | None = None
    """`5m` or `1h`; None for the provider's usual."""


@dataclass(slots=True)
class Media:
    """An image, a document or a sound: sent along, pointed at, or stored at the provider.

    Exactly one of `data` (base64), `url` and `file_id` is given.
    """

    kind: str
    """`image`, `document`, `audio` or `video`."""
    media_type: str | None
    """As in `image/png`; None where the client did not say."""
    data: str | None = None
    url: str | None = None
    file_id: str | None = None
    name: str | None = None
    detail: str | None = None
    """How closely to look, in OpenAI's words: `low`, `high`, `auto`."""
    path: str = ""
    cache: CacheMark | None = None
    cites: bool = False
    """The answer shall cite it."""


@dataclass(slots=True)
class Reasoning:
    """What a model thought before it spoke; given back unchanged on the next turn.

    `signature` is the provider's proof of it and opaque to everyone else, `redacted` thoughts that
    only the provider can read. Both are worthless to another provider than the one that made them.
    """

    text: str = ""
    signature: str | None = None
    redacted: str | None = None
    path: str = ""


@dataclass(slots=True)
class Refusal:
    """The model declined, in its own words."""

    text: str
    path: str = ""


@dataclass(slots=True)
class ToolCall:
    """The model wants a function called."""

    id: str
    name: str
    arguments: str
    """JSON text, as the model wrote it; it need not be valid."""
    signature: str | None = None
    """Gemini's proof of the thoughts behind the call."""
    path: str = ""
    cache: CacheMark | None = None


@dataclass(slots=True)
class ToolResult:
    """What a called function answered."""

    call_id: str
    content: "list[Text | Media]"
    name: str | None = None
    """The function's name, which Gemini wants; told by the call it answers."""
    is_error: bool = False
    path: str = ""
    cache: CacheMark | None = None


Part = Text | Media | Reasoning | Refusal | ToolCall | ToolResult
