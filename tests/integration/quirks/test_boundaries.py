"""The network cuts bytes where it likes: whole bodies, events, single bytes, and inside whatever
must not be cut: a character of UTF-8, a CR LF, the prelude of a frame of Bedrock's.

Every answer is synthetic; it is cut in the writes of the far end, chunk by chunk of HTTP.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.event_streams import byte_by_byte, event, frames_of, inside_preludes
from tests.fakes import bedrock
from tests.fakes.upstream import Scripted, stream
from tests.integration.quirks.saying import claude
from tests.integration.quirks.saying.bedrock import BEGUN, CLOSED, metadata, stop
from tests.integration.quirks.saying.gemini import GEMINI, said
from tests.integration.quirks.saying.openai_chat import ALONE, DONE, ROLE, STOP, chunk, message
from tests.integration.quirks.saying.openai_responses import BEGUN as RESPONSES_BEGUN
from tests.integration.quirks.saying.openai_responses import delta, item, lifecycle
from tests.integration.quirks.stage import Stage, datas, named
from tests.recordings import at_awkward_places, by_event, uncut

HELLO = ["Grüße, ", "世界 🌍\u2028"]
"""Characters of two, three and four bytes, and one that is a line end to some."""
WORDS = "".join(HELLO)
ANY, OPENAIS = ("chat", "messages", "responses"), ("chat", "messages")
USAGE = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13}
SSE = (uncut, by_event, byte_by_byte, at_awkward_places)
FRAMES = (uncut, frames_of, byte_by_byte, inside_preludes, at_awkward_places)
Cut = Callable[[bytes], list[bytes]]


class Stream(NamedTuple):
    """What one provider sends, and which clients ask it for that."""

    kind: str
    model: str
    events: list[bytes]
    dialects: tuple[str, ...] = ANY
    vendor: str = ""
    cuts: tuple[Cut, ...] = SSE

    def answer(self, cut: Cut) -> Scripted:
        pieces = cut(b"".join(self.events))
        return bedrock.stream(*pieces) if self.kind == "bedrock" else stream(pieces)


def _frame(words: str) -> bytes:
    payload = {"contentBlockIndex": 0, "delta": {"text": words}, "p": "abcdef"}
    return event("contentBlockDelta", json.dumps(payload, ensure_ascii=False).encode())


CHAT = [ROLE, *[chunk({"content": words}) for words in HELLO], STOP]
TEXT = {"type": "output_text", "text": WORDS, "annotations": []}
STREAMS = {
    "OpenAI": Stream("openai", "m", datas([*CHAT, ALONE, DONE]), OPENAIS),
    "Perplexity, CR LF": Stream(
        "openai_compatible",
        "sonar",
        datas([*CHAT[:-1], {**STOP, "usage": ALONE["usage"]}], line_end="\r\n"),
        OPENAIS,
        "perplexity",
    ),
    "OpenAI, Responses": Stream(
        "openai",
        "gpt-5",
        named(
            [
                *RESPONSES_BEGUN,
                *[delta("output_text", words) for words in HELLO],
                lifecycle("completed", "completed", item(TEXT), usage=USAGE),
            ]
        ),
        ("responses",),
    ),
    "Anthropic": Stream(
        "anthropic",
        claude.CLAUDE,
        claude.padded(
            [
                claude.begun(),
                *claude.block(0, claude.text(WORDS)),
                *claude.ended("end_turn"),
            ]
        ),
    ),
    "Gemini, CR LF": Stream(
        "gemini",
        GEMINI,
        datas([said(HELLO[0]), said(HELLO[1], finishReason="STOP")], line_end="\r\n"),
    ),
    "Bedrock": Stream(
        "bedrock",
        "amazon.nova-lite-v1:0",
        [BEGUN, *[_frame(words) for words in HELLO], CLOSED, stop(), metadata()],
        cuts=FRAMES,
    ),
}
CASES = [
    pytest.param(name, cut, id=f"{name}-{cut.__name__}")
    for name, given in STREAMS.items()
    for cut in given.cuts
]


@pytest.mark.parametrize(("name", "cut"), CASES)
def test_a_stream_is_the_same_however_it_is_cut(stage: Stage, name: str, cut: Cut):
    given = STREAMS[name]
    model = stage.model(given.kind, given.model, price_list=given.vendor)
    stage.answers(given.kind, given.answer(cut))

    for dialect in given.dialects:
        heard = stage.hears(dialect, model, stream=True)
        assert (heard.said.text, heard.said.stop, heard.tokens) == (WORDS, "end", (9, 4))
        stage.has_booked(9, 4)


BODIES: dict[str, tuple[str, str, Any]] = {
    "OpenAI": ("openai", "m", message(content=WORDS)),
    "Anthropic": (
        "anthropic",
        claude.CLAUDE,
        {**claude.begun()["message"], "content": [claude.text(WORDS)], "stop_reason": "end_turn"},
    ),
    "Gemini": ("gemini", GEMINI, said(WORDS, finishReason="STOP")),
    "Bedrock": (
        "bedrock",
        "amazon.nova-lite-v1:0",
        {
            "output": {"message": {"role": "assistant", "content": [{"text": WORDS}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 9, "outputTokens": 4, "totalTokens": 13},
        },
    ),
}


@pytest.mark.parametrize("cut", [uncut, byte_by_byte, at_awkward_places])
@pytest.mark.parametrize("name", BODIES)
def test_an_answer_is_the_same_however_it_is_cut(stage: Stage, name: str, cut: Cut):
    kind, upstream_model, body = BODIES[name]
    model = stage.model(kind, upstream_model)
    data = json.dumps(body, ensure_ascii=False, indent=1).replace("\n", "\r\n").encode()
    stage.answers(kind, Scripted(pieces=cut(data)))

    for dialect in OPENAIS:
        heard = stage.hears(dialect, model, stream=False)
        assert (heard.said.text, heard.tokens) == (WORDS, (9, 4))
        stage.has_booked(9, 4)
