"""OpenAI's wire format, and every server that speaks it: bytes pass through where they may.

Of a request only `model` is replaced, and `stream_options.include_usage` set so that usage is
always known (left out where a server refuses it and reports usage all the same); every other
field, known or not, goes on as it came. Answers go back as they are.
"""

from typing import Any

import httpx
import msgspec

from dataplane.providers.base import (
    AnswerUnusable,
    CredentialUnusable,
    Reply,
    StreamReader,
    UpstreamRequest,
    WholeAnswer,
)
from dataplane.providers.headers import ProviderHeaders, api_key_in, with_query
from dataplane.providers.openai_errors import read_error
from dataplane.providers.openai_streams import ChatStreamReader, ResponsesStreamReader
from dataplane.providers.redaction import redact
from dataplane.providers.sse import EventSplitter
from dataplane.providers.tolerance import Tolerant, Unreadable, with_tier
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment, Provider

# Headers of the client that mean something to the provider and carry no credential.
FORWARDED_HEADERS = (b"openai-beta", b"idempotency-key")
STREAM_OPTIONS_ENDPOINTS = (Endpoint.CHAT_COMPLETIONS, Endpoint.COMPLETIONS)
# Mistral refuses the option, as any that it does not know, and reports usage unasked.
USAGE_UNASKED_VENDORS = ("mistral",)
PENDING_STATUSES = ("queued", "in_progress")
NO_MESSAGE = "The provider refused the request."

_decode_object = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.encode


class _Answer(msgspec.Struct):
    """What the gateway reads of an answer; unknown fields are skipped."""

    usage: Any = None
    error: Any = None
    service_tier: Any = None
    status: Any = None


_decode_answer = Tolerant(_Answer)


class OpenAI:
    """`openai` and `openai_compatible`."""

    def __init__(self) -> None:
        self._headers = ProviderHeaders(self.authorization, FORWARDED_HEADERS)

    async def request(self, call: GatewayRequest, deployment: Deployment) -> UpstreamRequest:
        provider = deployment.provider
        return UpstreamRequest(
            url=self.url(provider, call.endpoint, deployment),
            headers=self.headers(provider, call),
            body=upstream_body(call, deployment),
        )

    def url(self, provider: Provider, endpoint: Endpoint, deployment: Deployment) -> str:
        return with_query(f"{provider.base_url}/{endpoint.value}", provider)

    def headers(self, provider: Provider, call: GatewayRequest) -> httpx.Headers:
        return self._headers.of(provider, call.headers)

    def authorization(self, provider: Provider) -> dict[str, str]:
        return api_key_in("authorization", provider)

    def splitter(self, event_bytes_max: int) -> EventSplitter:
        return EventSplitter(event_bytes_max)

    def read_answer(self, call: GatewayRequest, reply: Reply) -> WholeAnswer:
        body = reply.body
        try:
            answer = _decode_answer(body)
        except Unreadable as error:
            raise AnswerUnusable from error
        if answer.error is not None and answer.usage is None:
            raise AnswerUnusable
        usage = with_tier(answer.usage, answer.service_tier)
        pending = usage is None and answer.status in PENDING_STATUSES
        return WholeAnswer(body, usage, output_bytes=len(body), is_pending=pending)

    def read_stream(self, call: GatewayRequest) -> StreamReader:
        if call.endpoint is Endpoint.RESPONSES:
            return ResponsesStreamReader()
        return ChatStreamReader(shows_usage=client_asked_for_usage(call))

    def refusal(self, reply: Reply, call: GatewayRequest, secrets: tuple[str, ...]) -> bytes:
        return refusal_in_envelope(reply, call.id, secrets)

    def retry_after_seconds(self, reply: Reply) -> float | None:
        return read_error(reply).retry_after_seconds


def upstream_body(call: GatewayRequest, deployment: Deployment) -> bytes:
    """The client's fields in their order and bytes, but for what the gateway must change."""
    fields: dict[str, Any] = {**call.fields, "model": deployment.upstream_model}
    if call.streamed and call.endpoint in STREAM_OPTIONS_ENDPOINTS:
        if deployment.provider.vendor in USAGE_UNASKED_VENDORS:
            fields.pop("stream_options", None)
        else:
            fields["stream_options"] = {**_stream_options(call), "include_usage": True}
    return _encode(fields)


def client_asked_for_usage(call: GatewayRequest) -> bool:
    return _stream_options(call).get("include_usage") is True


def _stream_options(call: GatewayRequest) -> dict[str, Any]:
    """What the client set; anything but an object is the provider's to refuse, so it stays out."""
    raw = call.fields.get("stream_options")
    if raw is None:
        return {}
    try:
        return _decode_object(raw)
    except msgspec.DecodeError:
        return {}


def refusal_in_envelope(reply: Reply, request_id: str, secrets: tuple[str, ...]) -> bytes:
    """The provider's own error if it is in OpenAI's envelope, else its message put into one.

    Raises `CredentialUnusable` where the request is not at fault.
    """
    refused = read_error(reply)
    if refused.is_about_credential:
        raise CredentialUnusable(f"the provider refuses it ({refused.type})")
    text = redact(reply.body, secrets)
    if _is_in_envelope(text):
        return text
    error = {
        "message": redact(refused.message, secrets) or NO_MESSAGE,
        "type": "invalid_request_error",
        "code": "upstream_refused",
        "param": None,
        "request_id": request_id,
    }
    return _encode({"error": error})


def _is_in_envelope(body: bytes) -> bool:
    try:
        return isinstance(_decode_object(body).get("error"), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
