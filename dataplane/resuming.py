"""How to ask for the rest of an answer that broke off, and which answers have one."""

from typing import Any

import msgspec

from dataplane.metering.worst_case.estimate import output_tokens_guessed
from dataplane.providers.anthropic.models import Thinks, abilities_of
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment
from dataplane.translation.continuing import Continuable, Continuing, PassedStream
from dataplane.translation.translated import Translated, TranslatedStream
from dataplane.upstream.call import OpenStream

INSTRUCTION = (
    "Your answer was cut off by a technical fault. Continue it from exactly where it stops: "
    "begin with the very next character, repeat nothing, and add no remark."
)
TURNS = {
    Endpoint.CHAT_COMPLETIONS: "messages",
    Endpoint.MESSAGES: "messages",
    Endpoint.RESPONSES: "input",
}
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
OUTPUT_TOKENS_MIN = 16
# With any of these the answer is not plain text, or is more than one.
SHAPED_BY = ("response_format", "output_config", "output_format", "text", "modalities", "audio")
PLAIN_SHAPES = (b'"json_schema"', b'"json_object"', b'"audio"', b'"grammar"')
COUNTED = ("n", "logprobs", "top_logprobs")
NOTHING = (b"null", b"1", b"0", b"false", b"[]")
THOUGHT_ABOUT = ("thinking", "reasoning", "reasoning_effort")
# These take the beginning of their answer as the last turn.
CLAUDE_KINDS = ("anthropic", "bedrock", "vertex")

_decode = msgspec.json.decode
_encode = msgspec.json.encode


class Resuming:
    """The rest of one stream, to be asked for at one deployment after the other."""

    def __init__(self, call: GatewayRequest, stream: Continuable) -> None:
        self._fields = dict(call.fields)
        self._transcript = stream.transcript
        self._writer = stream.hand_over()

    def ask(self, call: GatewayRequest, deployment: Deployment, wire: Translated) -> Continuing:
        """Makes the request one for the rest; the answer is written behind what there is."""
        assert self._transcript is not None
        text = self._transcript.text
        continuing = Continuing(wire, self._writer, self._transcript)
        turns: list[dict[str, Any]] = [{"role": "assistant", "content": text}]
        if _takes_beginnings(deployment, self._fields) and text.strip():
            turns[0]["content"] = text.rstrip()
            continuing.blank = text[len(text.rstrip()) :]
        else:
            turns.append({"role": "user", "content": INSTRUCTION})
        call.fields = self._rewritten(TURNS[call.endpoint], turns, len(text.encode()))
        call.body = _encode(call.fields)
        call.output_fitted = None
        return continuing

    def _rewritten(
        self, name: str, turns: list[dict[str, Any]], written_bytes: int
    ) -> dict[str, msgspec.Raw]:
        fields = dict(self._fields)
        asked: Any = _decode(fields[name])
        if isinstance(asked, str):
            asked = [{"role": "user", "content": asked}]
        fields[name] = msgspec.Raw(_encode([*asked, *turns]))
        written = output_tokens_guessed(written_bytes)
        for limit in LIMITS:
            if limit in fields and isinstance(most := _decode(fields[limit]), int):
                fields[limit] = msgspec.Raw(b"%d" % max(most - written, OUTPUT_TOKENS_MIN))
        return fields


def rest_of(call: GatewayRequest, stream: OpenStream) -> Resuming | None:
    """None where nobody can go on: with more than plain text, or where nothing was kept of it."""
    reader = stream.reader
    if not isinstance(reader, TranslatedStream | PassedStream) or reader.transcript is None:
        return None
    if not reader.transcript.can_be_continued:
        return None
    return Resuming(call, reader)


def may_be_resumed(call: GatewayRequest) -> bool:
    """Whether its key wants that, and the request asks for plain text: one, of any length."""
    if call.key is None or not call.key.resumes_streams or call.endpoint not in TURNS:
        return False
    if any(bytes(call.fields.get(name, b"null")) not in NOTHING for name in COUNTED):
        return False
    return not any(
        shape in bytes(call.fields[name])
        for name in SHAPED_BY
        if name in call.fields
        for shape in PLAIN_SHAPES
    )


def _takes_beginnings(deployment: Deployment, fields: dict[str, msgspec.Raw]) -> bool:
    """Claude up to 4.5, where it does not think first."""
    model = deployment.upstream_model
    return (
        deployment.provider.kind in CLAUDE_KINDS
        and "claude" in model
        and abilities_of(model).thinks is not Thinks.ADAPTIVELY
        and not any(name in fields for name in THOUGHT_ABOUT)
    )
