"""What providers are asked and what they answer: `WireFormat` for a client's own dialect, whose
bytes pass through, and `Conversing` for all others, which are translated."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from dataplane.conversation.answer import Completion, Event
from dataplane.conversation.embeddings import Embeddings, EmbeddingsAsked
from dataplane.conversation.request import Conversation
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """One HTTP request to a provider. Headers may carry a credential, so it has no repr."""

    url: str
    headers: httpx.Headers
    body: bytes

    def __repr__(self) -> str:
        return "UpstreamRequest(…)"


class AnswerUnusable(Exception):
    """A 2xx answer that is none: no JSON, or an error inside."""


class Untranslatable(Exception):
    """The client asks for something that the provider has no way to be told.

    `field` is a field of `Conversation`, or the `path` of a part, a tool, a message.
    """

    code = "unsupported_parameter"

    def __init__(self, field: str, why: str = "") -> None:
        super().__init__(field)
        self.field = field
        self.why = why
        """A sentence for the developer; empty for the usual one."""


class CredentialUnusable(Exception):
    """The provider's credential cannot be used: none there, malformed, or its token service fails.

    The message is for logs, and carries nothing of the credential.
    """


class AskAgain(Exception):
    """The server does not know the way it was asked in. Asked once more, it is asked in another."""


class StreamDamaged(Exception):
    """Bytes that cannot be a stream of the provider's, or one event over the limit."""


@dataclass(slots=True)
class UpstreamError:
    """What a provider says when it refuses, in its own words. They may name our secrets."""

    message: str
    type: str | None = None
    """The provider's own name for it, as in `invalid_request_error` or `ValidationException`."""
    retry_after_seconds: float | None = None
    is_about_credential: bool = False
    """It refuses our credential, whatever its status says (Google: 400)."""


class Splitter(Protocol):
    """Cuts the bytes of a stream into whole raw events, however they arrive."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Raises `StreamDamaged`."""

    def rest(self) -> bytes:
        """What remains at the end: an event that was not closed, or nothing."""


@dataclass(slots=True)
class WholeAnswer:
    """A provider's answer that came in one piece."""

    body: bytes
    usage: Any
    """The usage as reported, which may be anything; None where there was none."""
    output_bytes: int
    is_pending: bool = False
    """The provider goes on generating in the background and will bill what is not known yet."""


class StreamReader(Protocol):
    """Reads a provider's stream event by event and says what the client gets to see of it."""

    has_content: bool
    """Content, or a regular end without any, has arrived: from here on the client is answered."""
    is_finished: bool
    """The provider said that the answer is complete."""
    has_failed: bool
    """The provider reported an error inside the stream."""
    usage: Any
    """The usage last reported, which may be anything."""
    output_bytes: int
    """UTF-8 bytes of generated text seen so far, for an estimate where usage never comes."""

    def read(self, event: bytes) -> bytes:
        """Takes one raw SSE event; returns what to send to the client, empty to hide it."""

    def ending(self) -> bytes:
        """What is held back until the call is booked: the end marker, if the provider sent one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole: an answer, or a refusal."""

    status: int
    headers: httpx.Headers
    body: bytes


class WireFormat(Protocol):
    """How to call one kind of provider and how to answer the client with what it says."""

    async def request(self, call: GatewayRequest, deployment: Deployment) -> UpstreamRequest:
        """Raises `Unsupported` for what the provider cannot be asked, `CredentialUnusable`."""

    def splitter(self, event_bytes_max: int) -> Splitter:
        """For one stream of this provider's."""

    def read_answer(self, call: GatewayRequest, reply: Reply) -> WholeAnswer:
        """Raises `AnswerUnusable`."""

    def read_stream(self, call: GatewayRequest) -> StreamReader: ...

    def refusal(self, reply: Reply, call: GatewayRequest, secrets: tuple[str, ...]) -> bytes:
        """A provider's 4xx in the client's dialect, without our secrets in it.

        Raises `AskAgain` where the provider was asked in a way that it does not know,
        `CredentialUnusable` where it refuses our credential and its status does not say so.
        """

    def retry_after_seconds(self, reply: Reply) -> float | None:
        """When the provider says to come back, wherever it says so."""


class EventReader(Protocol):
    """Reads one stream of a provider into events."""

    def read(self, raw: bytes) -> list[Event]:
        """Takes one raw event, as the splitter cut it. Never raises: nonsense is `Failed`."""


class Conversing(Protocol):
    """A provider that can be asked for what any dialect says."""

    async def request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        """Raises `Untranslatable`, `CredentialUnusable`."""

    def splitter(self, event_bytes_max: int) -> Splitter: ...

    def read_answer(self, reply: Reply) -> Completion:
        """Raises `AnswerUnusable`."""

    def read_stream(self) -> EventReader: ...

    def read_error(self, reply: Reply) -> UpstreamError:
        """Of a body of any shape, HTML and nothing included."""


class Counting(Protocol):
    """A provider that counts the tokens of a request without answering it."""

    async def count_request(
        self, conversation: Conversation, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        """Raises `Untranslatable`, `CredentialUnusable`."""

    def read_count(self, reply: Reply) -> int:
        """Input tokens. Raises `AnswerUnusable`."""

    def read_error(self, reply: Reply) -> UpstreamError: ...


class Embedding(Protocol):
    """A provider that turns texts into vectors."""

    async def embed_request(
        self, asked: EmbeddingsAsked, call: GatewayRequest, deployment: Deployment
    ) -> UpstreamRequest:
        """Raises `Untranslatable`, `CredentialUnusable`."""

    def read_embeddings(self, reply: Reply) -> Embeddings:
        """Raises `AnswerUnusable`."""

    def read_error(self, reply: Reply) -> UpstreamError: ...
