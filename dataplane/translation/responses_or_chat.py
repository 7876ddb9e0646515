"""The Responses API at servers that speak OpenAI's dialect, of which many know only chat.

No list of vendors says which, and servers learn. So each model is asked first in the client's own
dialect. Where the server has no such endpoint it is asked once more, in chat completions, and if
that is answered, in nothing else for an hour.
"""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import msgspec

from dataplane.dialects.responses import proofs
from dataplane.providers.base import (
    AskAgain,
    Reply,
    Splitter,
    StreamReader,
    UpstreamRequest,
    WholeAnswer,
    WireFormat,
)
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment

REMEMBERED_SECONDS = 3_600.0
REMEMBERED_MAX = 4_096

NO_ENDPOINT = frozenset({405, 501})
NOT_FOUND = 404
# What else than the endpoint is not found: the model, or what the client refers to.
SOMETHING_ELSE = re.compile(rb"model|deployment", re.IGNORECASE)
CARRIERS = "input[].encrypted_content"
REFERENCES = ("previous_response_id", "conversation", "prompt")

Server = tuple[str, str]
"""An address, and a model there."""


class ResponsesOrChat:
    """What is known of all servers; makes the wire format of each attempt."""

    def __init__(
        self, passing: WireFormat, chat: WireFormat, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.passing = passing
        self.chat = chat
        self._now = now
        self._chat_until: dict[Server, float] = {}

    def attempt(self, deployment: Deployment) -> WireFormat:
        return _Attempt(self, (deployment.provider.base_url, deployment.upstream_model))

    def knows_only_chat(self, server: Server) -> bool:
        return self._chat_until.get(server, 0.0) > self._now()

    def remember(self, server: Server) -> None:
        if len(self._chat_until) >= REMEMBERED_MAX:
            self._chat_until.clear()
        self._chat_until[server] = self._now() + REMEMBERED_SECONDS


class _Attempt:
    """One attempt at one server, which may be asked twice."""

    def __init__(self, servers: ResponsesOrChat, server: Server) -> None:
        self._servers = servers
        self._server = server
        self._is_new = False
        self._wire = servers.chat if servers.knows_only_chat(server) else servers.passing

    async def request(self, call: GatewayRequest, deployment: Deployment) -> UpstreamRequest:
        if self._wire is self._servers.chat:
            return await self._wire.request(call, deployment)
        passed = _without_proofs(call)
        call.ignored = [] if passed is call else [CARRIERS]
        return await self._wire.request(passed, deployment)

    def splitter(self, event_bytes_max: int) -> Splitter:
        return self._wire.splitter(event_bytes_max)

    def read_answer(self, call: GatewayRequest, reply: Reply) -> WholeAnswer:
        self._remember()
        return self._wire.read_answer(call, reply)

    def read_stream(self, call: GatewayRequest) -> StreamReader:
        self._remember()
        return self._wire.read_stream(call)

    def refusal(self, reply: Reply, call: GatewayRequest, secrets: tuple[str, ...]) -> bytes:
        """Raises `AskAgain`, at most once."""
        if self._wire is self._servers.passing and _has_no_endpoint(reply, call):
            self._wire = self._servers.chat
            self._is_new = True
            raise AskAgain
        return self._wire.refusal(reply, call, secrets)

    def retry_after_seconds(self, reply: Reply) -> float | None:
        return self._wire.retry_after_seconds(reply)

    def _remember(self) -> None:
        """Now that chat was answered with success."""
        if self._is_new:
            self._servers.remember(self._server)


def _has_no_endpoint(reply: Reply, call: GatewayRequest) -> bool:
    if reply.status in NO_ENDPOINT:
        return True
    if reply.status != NOT_FOUND:
        return False
    if reply.body.lstrip().startswith(b"{") and SOMETHING_ELSE.search(reply.body):
        return False
    return not any(bytes(call.fields.get(name, b"null")) != b"null" for name in REFERENCES)


def _without_proofs(call: GatewayRequest) -> GatewayRequest:
    """Thoughts that another provider signed, and this one would refuse, stay here."""
    if proofs.MARK not in call.body or "input" not in call.fields:
        return call
    kept = msgspec.Raw(proofs.left_out(bytes(call.fields["input"])))
    return replace(call, fields={**call.fields, "input": kept})
