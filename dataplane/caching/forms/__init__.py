"""An answer in both its forms, in the client's own dialect: whole, and as the events of a stream.

What is stored is the whole answer, byte for byte where it came so. A stream is put together into
one at its end; an answer is taken apart into a stream when it is asked for as one. Only what can be
put together without a loss is stored, and nothing that was cut off, refused or filtered.
"""

from typing import Any, Protocol

import msgspec

from dataplane.caching.forms import chat_completions, completions, embeddings, messages, responses
from dataplane.caching.forms.events import Undone
from dataplane.request import Endpoint

Body = dict[str, Any]

_decode = msgspec.json.decode


class Form(Protocol):
    """What a module of one dialect can do."""

    def is_whole(self, body: Body) -> bool:
        """Whether it says all there was to say, so that it may be said again."""

    def assemble(self, stream: bytes) -> Body:
        """The whole answer. Raises `Undone` for what has no end, or cannot be put together."""

    def text(self, body: Body) -> str | None:
        """Its words; None where it has others than words."""

    def take_apart(self, body: Body, *, with_usage: bool) -> list[bytes]:
        """Its events, in pieces as they come from a model."""


FORMS: dict[Endpoint, Form] = {
    Endpoint.CHAT_COMPLETIONS: chat_completions,
    Endpoint.COMPLETIONS: completions,
    Endpoint.RESPONSES: responses,
    Endpoint.MESSAGES: messages,
    Endpoint.EMBEDDINGS: embeddings,
}


def storable(endpoint: Endpoint, body: bytes) -> bool:
    """Never raises: whatever cannot be read is not stored."""
    try:
        return FORMS[endpoint].is_whole(_decode(body))
    except (msgspec.DecodeError, UnicodeError, RecursionError, *MISSHAPEN):
        return False


def assembled(endpoint: Endpoint, stream: bytes) -> Body | None:
    """None for what is not to be stored. Never raises."""
    try:
        body = FORMS[endpoint].assemble(stream)
        return body if FORMS[endpoint].is_whole(body) else None
    except (msgspec.DecodeError, UnicodeError, RecursionError, Undone, *MISSHAPEN):
        return None


def text_of(endpoint: Endpoint, body: bytes) -> str | None:
    """Never raises."""
    try:
        return FORMS[endpoint].text(_decode(body)) or None
    except (msgspec.DecodeError, UnicodeError, RecursionError, *MISSHAPEN):
        return None


def pieces(endpoint: Endpoint, body: bytes, *, with_usage: bool) -> list[bytes]:
    """Of an entry, which was read before it was stored."""
    return FORMS[endpoint].take_apart(_decode(body), with_usage=with_usage)


MISSHAPEN = (KeyError, TypeError, AttributeError, IndexError, ValueError)
"""What comes of reading an answer that is not what its dialect says."""
