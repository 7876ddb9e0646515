"""What is asked and what must come back, in OpenAI's dialect: both ends agree here.

Each call carries its number in the prompt, and the answer carries it back, so that an answer that
belongs to another call is noticed. A streamed call also says how many pieces it wants and how fast;
each piece carries its place and the moment it was sent.
"""

import re
import time
from typing import NamedTuple

MODEL = "bench-model"
PROMPT_TOKENS = 150
ANSWER_TOKENS = 120
SYSTEM = (
    "You are the assistant of a company's support desk. Answer in two or three sentences, name the "
    "page of the manual that you rely on, and say so when you do not know. Never promise a refund."
)
QUESTION = (
    "My device restarts every few minutes since the update of last week. I have reset it already "
    "and removed the battery as page 31 says. Which settings should I look at before I send it in?"
)
TEXT = (
    "A restart every few minutes after an update mostly comes from the power plan that it brought "
    "along. Open the settings, choose power, and set the plan to standard; page 47 shows where. "
    "Should it go on, note the code that is shown at the start and send it to us with the device."
)
CALL = re.compile(rb"call-(\d{10})-(\d{5})-(\d{9})")
TICK = re.compile(rb"tick-(\d{10})-(\d{5})-(\d{19})")
STREAMED = re.compile(rb'"stream":\s*true')
WITH_USAGE = re.compile(rb'"include_usage":\s*true')
TICK_BYTES = len("tick-0000000000-00000-0000000000000000000")
ANSWER = (
    b'{"id":"chatcmpl-%%010d","object":"chat.completion","created":1700000000,"model":"%b",'
    b'"choices":[{"index":0,"message":{"role":"assistant","content":"%%b %b","refusal":null},'
    b'"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,'
    b'"completion_tokens":%d,"total_tokens":%d},"system_fingerprint":"fp_bench"}'
) % (
    MODEL.encode(),
    TEXT.encode(),
    PROMPT_TOKENS,
    ANSWER_TOKENS,
    PROMPT_TOKENS + ANSWER_TOKENS,
)
DONE = b"data: [DONE]\n\n"


class Call(NamedTuple):
    """One call; with `pieces` it is streamed, a piece every `pause_us` microseconds."""

    number: int
    pieces: int = 0
    pause_us: int = 0


def request_body(call: Call, model: str) -> bytes:
    """Bodies of one kind of call are all of the same length."""
    mark = f"call-{call.number:010d}-{call.pieces:05d}-{call.pause_us:09d}"
    streamed = '"stream":true,"stream_options":{"include_usage":true},' if call.pieces else ""
    return (
        f'{{"model":"{model}",{streamed}"max_tokens":512,"messages":['
        f'{{"role":"system","content":"{SYSTEM}"}},'
        f'{{"role":"user","content":"{QUESTION} {mark}"}}]}}'
    ).encode()


def call_in(body: bytes) -> Call | None:
    """The call that a request's body carries, or None if it is none of ours."""
    found = CALL.search(body)
    if found is None:
        return None
    if STREAMED.search(body) is None:
        return Call(int(found[1]))
    return Call(int(found[1]), int(found[2]), int(found[3]))


def answer_text(number: int) -> bytes:
    """What the answer to a call starts with."""
    return b"answer-%010d" % number


def answer_body(number: int) -> bytes:
    return ANSWER % (number, answer_text(number))


def piece(number: int, place: int) -> bytes:
    """The event of one piece of a stream, stamped with the moment it is made."""
    tick = b"tick-%010d-%05d-%019d" % (number, place, time.monotonic_ns())
    return _event(number, b'{"content":"%b "}' % tick, b"null")


def opening(number: int) -> bytes:
    return _event(number, b'{"role":"assistant","content":""}', b"null")


def ending(call: Call, with_usage: bool) -> bytes:
    """The events after the last piece, up to the end marker."""
    usage = b""
    if with_usage:
        usage = (
            b'data: {"id":"chatcmpl-%010d","object":"chat.completion.chunk","created":1700000000,'
            b'"model":"%b","choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d,'
            b'"total_tokens":%d}}\n\n'
        ) % (call.number, MODEL.encode(), PROMPT_TOKENS, call.pieces, PROMPT_TOKENS + call.pieces)
    return _event(call.number, b"{}", b'"stop"') + usage + DONE


def _event(number: int, delta: bytes, finish_reason: bytes) -> bytes:
    return (
        b'data: {"id":"chatcmpl-%010d","object":"chat.completion.chunk","created":1700000000,'
        b'"model":"%b","system_fingerprint":"fp_bench","choices":[{"index":0,"delta":%b,'
        b'"logprobs":null,"finish_reason":%b}]}\n\n'
    ) % (number, MODEL.encode(), delta, finish_reason)
