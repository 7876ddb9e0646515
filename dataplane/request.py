"""One request as it moves through the steps: what came in, and what the steps found out."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from dataplane.alarm import Alarm
from dataplane.errors import InvalidRequest
from dataplane.presence import Presence
from dataplane.snapshot.model import Deployment, VirtualKey

METADATA_HEADER = b"x-purser-metadata"
METADATA_KEYS_MAX = 64
METADATA_TEXT_MAX = 512
INTEGER_MAX = 2**63 - 1

_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode
_decode_flag = msgspec.json.Decoder(bool | None).decode
_decode_metadata = msgspec.json.Decoder(dict[str, str | int | float | bool | None]).decode


class Endpoint(StrEnum):
    """The endpoints that reach a provider, by their path below `/v1/`."""

    CHAT_COMPLETIONS = "chat/completions"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"
    RESPONSES = "responses"
    MESSAGES = "messages"
    COUNT_TOKENS = "messages/count_tokens"


ANTHROPIC_ENDPOINTS = frozenset({Endpoint.MESSAGES, Endpoint.COUNT_TOKENS})
FREE_ENDPOINTS = frozenset({Endpoint.COUNT_TOKENS})
"""What providers answer without a charge."""


@dataclass(slots=True)
class Attempt:
    """One call to one deployment, as the usage record will name it."""

    provider: str
    model: str
    status: int | None = None
    error_code: str | None = None
    ms: float = 0.0
    cost_usd: str | None = None
    resumed: bool = False
    """It went on with a stream that had broken off elsewhere."""


@dataclass(slots=True)
class GatewayRequest:
    """What the client sent, and, as the steps go on, what became of it."""

    id: str
    endpoint: Endpoint
    headers: Mapping[bytes, bytes]
    body: bytes
    at: datetime
    started: float
    client: Presence
    fields: dict[str, msgspec.Raw] = field(default_factory=dict)
    model_requested: str | None = None
    streamed: bool = False
    output_fitted: int | None = None
    """The limit its output was lowered to, to fit what a budget has left."""
    ignored: list[str] = field(default_factory=list)
    """Fields that the provider was not told of, since they change no answer."""
    metadata: dict[str, Any] = field(default_factory=dict)
    alarm: Alarm = field(default_factory=Alarm)
    key: VirtualKey | None = None
    attempts: list[Attempt] = field(default_factory=list)
    upstream_ms: float = 0.0
    ttft_ms: float | None = None
    cache: str = "off"
    """`exact`, `semantic`, `miss` or `off`."""
    is_booked: bool = False
    """It is on record already: attempts that failed cost something."""

    @classmethod
    def new(
        cls, endpoint: Endpoint, headers: Mapping[bytes, bytes], client: Presence, at: datetime
    ) -> "GatewayRequest":
        """A request whose body has not been read yet."""
        return cls(
            id=new_request_id(at),
            endpoint=endpoint,
            headers=headers,
            body=b"",
            at=at,
            started=time.perf_counter(),
            client=client,
        )

    def parse(self) -> None:
        """Reads of the body what the gateway needs; the rest stays bytes. Raises 400s."""
        try:
            self.fields = _decode_fields(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidRequest(
                "invalid_json", "The request body is not a JSON object."
            ) from error
        self.model_requested = _clean(self._required_text("model"))
        self.streamed = bool(self._optional(_decode_flag, "stream", "a boolean"))
        self.metadata = self._read_metadata()

    def unfit(self) -> None:
        """As the client sent it, for another deployment."""
        if self.output_fitted is not None:
            self.output_fitted = None
            self.fields = _decode_fields(self.body)

    @property
    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    def start_attempt(self, deployment: Deployment) -> Attempt:
        attempt = Attempt(deployment.provider.id, deployment.name)
        self.attempts.append(attempt)
        self.ignored = []
        return attempt

    def _required_text(self, name: str) -> str:
        if name not in self.fields:
            raise InvalidRequest("missing_field", f"'{name}' is required.", param=name)
        text: str = self._optional(_decode_text, name, "a string")
        if not text.strip():
            raise InvalidRequest("invalid_field", f"'{name}' must not be empty.", param=name)
        return text

    def _optional(self, decode: Any, name: str, what: str) -> Any:
        raw = self.fields.get(name)
        if raw is None:
            return None
        try:
            return decode(raw)
        except msgspec.DecodeError as error:
            raise InvalidRequest(
                "invalid_field", f"'{name}' must be {what}.", param=name
            ) from error

    def _read_metadata(self) -> dict[str, Any]:
        """OpenAI's `metadata` field, then the header over it. Anthropic's names an end user."""
        metadata: dict[str, Any] = {}
        raw = None if self.endpoint in ANTHROPIC_ENDPOINTS else self.fields.get("metadata")
        if raw is not None and bytes(raw) != b"null":
            metadata.update(_flat_metadata(bytes(raw), "metadata"))
        if header := self.headers.get(METADATA_HEADER):
            metadata.update(_flat_metadata(header, METADATA_HEADER.decode()))
        return metadata


def new_request_id(at: datetime) -> str:
    """Sorts by time: milliseconds since the epoch, then 80 random bits."""
    return f"req_{int(at.timestamp() * 1000):012x}{random.getrandbits(80):020x}"


def _flat_metadata(raw: bytes, name: str) -> dict[str, Any]:
    try:
        metadata: dict[str, Any] = _decode_metadata(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(
            "invalid_metadata",
            f"'{name}' must be a flat JSON object of strings, numbers, booleans and nulls.",
            param=name,
        ) from error
    texts = [*metadata, *(value for value in metadata.values() if isinstance(value, str))]
    if len(metadata) > METADATA_KEYS_MAX or any(len(text) > METADATA_TEXT_MAX for text in texts):
        raise InvalidRequest(
            "invalid_metadata",
            f"'{name}' holds at most {METADATA_KEYS_MAX} entries of "
            f"{METADATA_TEXT_MAX} characters.",
            param=name,
        )
    return {_clean(key): _clean(value) for key, value in metadata.items()}


def _clean(value: Any) -> Any:
    """Without what cannot be stored or passed on: NUL, lone surrogates, integers over 64 bits."""
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        return str(value)
    if not isinstance(value, str) or (value.isascii() and "\x00" not in value):
        return value
    return value.replace("\x00", "").encode("utf-8", "replace").decode()
