"""Streams of every provider that say `Hel` and then fail, each in its provider's own way.

All are synthetic: the first four written after what these servers were seen to send, the others
after their providers' documentation.
"""

import json
from typing import Any, NamedTuple

from tests import catalog
from tests.event_streams import exception, frame
from tests.fakes import bedrock
from tests.fakes.upstream import Scripted, stream
from tests.integration.quirks.saying import claude
from tests.integration.quirks.saying.bedrock import BEGUN as BEDROCKS_START
from tests.integration.quirks.saying.bedrock import text as bedrocks_text
from tests.integration.quirks.saying.gemini import said as gemini_said
from tests.integration.quirks.saying.openai_chat import DONE, HEL, ROLE, chunk
from tests.integration.quirks.saying.openai_responses import BEGUN as RESPONSES_START
from tests.integration.quirks.saying.openai_responses import delta, lifecycle
from tests.integration.quirks.stage import datas, named

ANY = ("chat", "messages", "responses")
OPENAIS = ("chat", "messages")
RESPONSES = ("responses",)

WORDS = f"It broke for {catalog.CREDENTIAL}."
"""Providers quote credentials."""


class Failing(NamedTuple):
    """One way to fail, behind a beginning without content and behind a first word."""

    kind: str
    model: str
    begun: list[bytes]
    word: list[bytes]
    failure: list[bytes]
    dialects: tuple[str, ...]
    vendor: str = ""
    counted: tuple[int, ...] = ()
    """Tokens that were reported all the same."""

    def stream(self, *, has_begun: bool, **options: Any) -> Scripted:
        pieces = [*self.begun, *(self.word if has_begun else []), *self.failure]
        if self.kind == "bedrock":
            return bedrock.stream(*pieces, **options)
        return stream(pieces, **options)


def _chat(failure: list[bytes], vendor: str = "", counted: tuple[int, ...] = ()) -> Failing:
    kind = "openai_compatible" if vendor else "openai"
    return Failing(kind, "m", datas([ROLE]), datas([HEL]), failure, OPENAIS, vendor, counted)


def _responses(*failure: dict[str, Any]) -> Failing:
    word = named([delta("output_text", "Hel")])
    return Failing("openai", "gpt-5", named(RESPONSES_START), word, named(failure), RESPONSES)


def _claude(kind: str, *failure: dict[str, Any]) -> Failing:
    begun = claude.padded([claude.begun(), claude.PING])
    word = claude.padded(claude.block(0, claude.text("Hel"))[:-1])
    return Failing(kind, claude.CLAUDE, begun, word, claude.padded(failure), ANY)


def _gemini(kind: str, failure: bytes) -> Failing:
    begun = datas([gemini_said("", {"promptTokenCount": 9})], line_end="\r\n")
    word = datas([gemini_said("Hel", {"promptTokenCount": 9})], line_end="\r\n")
    return Failing(kind, "gemini-3-flash-preview", begun, word, [failure], ANY)


def _bedrock(failure: bytes) -> Failing:
    model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    return Failing("bedrock", model, [BEDROCKS_START], [bedrocks_text("Hel")], [failure], ANY)


def _field(error: Any) -> bytes:
    return f"error: {json.dumps(error)}\n\n".encode()


GROQS = {"message": WORDS, "type": "invalid_request_error", "code": "tool_use_failed"}
OPENROUTERS_USAGE = {"prompt_tokens": 43, "completion_tokens": 10, "total_tokens": 53}
OPENROUTERS = {
    **chunk({"role": "assistant", "content": ""}),
    "error": {"code": 400, "message": WORDS},
    "usage": {**OPENROUTERS_USAGE, "completion_tokens_details": {"reasoning_tokens": 11}},
}


def overloaded(message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": "overloaded_error", "message": message}}


UNAVAILABLE = {"error": {"code": 503, "message": WORDS, "status": "UNAVAILABLE"}}
SERVER_ERROR = {"message": WORDS, "type": "server_error", "param": None, "code": None}
UNMODELED = {
    ":message-type": "error",
    ":error-code": "InternalFailure",
    ":error-message": WORDS,
}

SEEN = {
    "Groq, an event named error, then the end": _chat(
        [b"event: error\n" + datas([{"error": {**GROQS, "failed_generation": ""}}])[0]], "groq"
    ),
    "OpenRouter, an error beside choices, then [DONE]": _chat(
        datas([OPENROUTERS, DONE]), "openrouter", (43, 10, 0, 0, 10)
    ),
    "GPUStack, a field that parsers drop, then the end": _chat(
        [_field({"code": 500, "message": WORDS, "type": "server_error"})], "gpustack"
    ),
    "llama-box, the same with its envelope": _chat(
        [_field({"error": {"code": 500, "message": WORDS}})], "gpustack"
    ),
}
DOCUMENTED = {
    "OpenAI, chat": _chat(datas([{"error": SERVER_ERROR}])),
    "OpenAI, chat, then [DONE]": _chat(datas([{"error": SERVER_ERROR}, DONE])),
    "OpenAI, Responses, error": _responses(
        {"type": "error", "code": "server_error", "message": WORDS, "param": None}
    ),
    "OpenAI, Responses, failed": _responses(
        lifecycle("failed", "failed", error={"code": "server_error", "message": WORDS})
    ),
    "Anthropic": _claude("anthropic", overloaded(WORDS)),
    "Claude at Vertex AI": _claude("vertex", overloaded("It broke.")),
    "Gemini": _gemini("gemini", datas([UNAVAILABLE], line_end="\r\n")[0]),
    "Gemini, JSON outside of any event": _gemini(
        "gemini", json.dumps(UNAVAILABLE, indent=2).encode()
    ),
    "Vertex AI": _gemini("vertex", datas([UNAVAILABLE], line_end="\r\n")[0]),
    **{
        f"Bedrock, {kind}": _bedrock(exception(kind, WORDS))
        for kind in (
            "internalServerException",
            "modelStreamErrorException",
            "serviceUnavailableException",
            "throttlingException",
            "validationException",
        )
    },
    "Bedrock, an error that is not modelled": _bedrock(frame(UNMODELED, b"")),
}
ALL = {**SEEN, **DOCUMENTED}
