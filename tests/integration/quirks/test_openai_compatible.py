"""Where servers of OpenAI's dialect put thoughts, refusals, caches and costs, and what else they
send: comments, whitespace, vectors as text.

Every answer is synthetic: written by hand after what the named server sends.
"""

import base64
import struct
from decimal import Decimal
from typing import Any

import pytest

from tests.fakes.upstream import Scripted, stream, whole
from tests.integration.quirks.saying.openai_chat import (
    ALONE,
    DONE,
    HELLO_SAID,
    ROLE,
    STOP,
    chunk,
    message,
)
from tests.integration.quirks.stage import HELLO, OUTPUT_TOKENS_MAX, Stage, datas

MISTRALS = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
    {"type": "text", "text": "Yes."},
]
THOUGHTS = {
    "deepseek": {"reasoning_content": "Hm.", "content": "Yes."},
    "zai": {"reasoning_content": "Hm.", "content": "Yes."},
    "gpustack": {"reasoning_content": "Hm.", "content": "Yes."},
    "groq": {"reasoning": "Hm.", "content": "Yes."},
    "ollama": {"reasoning": "Hm.", "content": "Yes."},
    "openrouter": {"reasoning": "Hm.", "content": "Yes."},
    "cerebras": {"reasoning": "Hm.", "content": "Yes."},
    "mistral": {"content": MISTRALS},
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("server", THOUGHTS)
def test_thoughts_are_read_wherever_a_server_puts_them(stage: Stage, server: str, streamed: bool):
    model = stage.model("openai_compatible", "m", price_list=server)
    said = THOUGHTS[server]
    events = datas([ROLE, chunk(said), STOP, ALONE, DONE])
    stage.answers(server, stream(events) if streamed else whole(message(**said)))
    asked: Any = {"model": model, "messages": HELLO, "max_tokens": OUTPUT_TOKENS_MAX}

    if streamed:
        with stage.claude.messages.stream(**asked) as pieces:
            content = pieces.get_final_message().content
    else:
        content = stage.claude.messages.create(**asked).content

    assert [block.type for block in content] == ["thinking", "text"]
    assert (content[0].thinking, content[1].text) == ("Hm.", "Yes.")
    stage.has_booked(9, 4)


@pytest.mark.parametrize("server", THOUGHTS)
def test_thoughts_pass_to_clients_of_the_dialect_as_they_came(stage: Stage, server: str):
    model = stage.model("openai_compatible", "m", price_list=server)
    answer = message(**THOUGHTS[server])
    stage.answers(server, whole(answer))

    raw = stage.openai.chat.completions.with_raw_response.create(model=model, messages=HELLO)

    assert raw.http_response.json() == answer
    stage.has_booked(9, 4)


TOTALS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "Gemini's endpoint hides thoughts in the total": (
        {"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109},
        (35, 74, 0, 0, 62),
    ),
    "Mistral hides audio in the total": (
        {
            "prompt_tokens": 4,
            "completion_tokens": 35,
            "total_tokens": 264,
            "prompt_audio_seconds": 9,
        },
        (229, 35),
    ),
    "OpenRouter counts more thoughts than words": (
        {
            "prompt_tokens": 43,
            "completion_tokens": 10,
            "total_tokens": 53,
            "completion_tokens_details": {"reasoning_tokens": 11},
        },
        (43, 10, 0, 0, 10),
    ),
}
CACHES = {
    "prompt_tokens_details.cached_tokens": (
        {"prompt_tokens_details": {"cached_tokens": 64}},
        (64, 0),
    ),
    "prompt_tokens_details.cache_write_tokens": (
        {"prompt_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 20}},
        (64, 20),
    ),
    "DeepSeek's": ({"prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}, (64, 0)),
    "Mistral's": ({"num_cached_tokens": 64}, (64, 0)),
    "Hugging Face's": ({"cached_tokens": 64}, (64, 0)),
}
COUNTS = {
    **TOTALS,
    **{
        name: (
            {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105, **usage},
            (100, 5, *cached),
        )
        for name, (usage, cached) in CACHES.items()
    },
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("name", COUNTS)
def test_counts_mean_what_the_server_means_by_them(stage: Stage, name: str, streamed: bool):
    """Totals that are no sums, parts larger than their whole, caches under five names."""
    usage, expected = COUNTS[name]
    model = stage.model("openai_compatible", "m")
    events = datas([*HELLO_SAID, {**ALONE, "usage": usage}, DONE])
    said = message(content="Hello")
    stage.answers("openai", stream(events) if streamed else whole({**said, "usage": usage}))

    for dialect in ("chat", "messages"):
        stage.hears_hello(dialect, model, stream=streamed)
        stage.has_booked(*expected)


@pytest.mark.parametrize(
    "told",
    [
        {"cost": 0.5, "cost_details": {"upstream_inference_cost": 0.4}},  # OpenRouter
        {"cost_in_usd_ticks": 158500},  # xAI
        {"cost": {"total_cost": 0.006, "request_cost": 0.005, "currency": "USD"}},  # Perplexity
    ],
)
def test_a_cost_that_the_server_reports_is_not_the_price(stage: Stage, told: dict[str, Any]):
    model = stage.model("openai_compatible", "m")
    said = message(content="Hello")
    stage.answers("openai", whole({**said, "usage": {**said["usage"], **told}}))

    raw = stage.openai.chat.completions.with_raw_response.create(model=model, messages=HELLO)

    assert Decimal(raw.headers["x-purser-cost-usd"]) == Decimal("0.0000625")
    assert raw.http_response.json()["usage"].items() >= told.items()
    stage.has_booked(9, 4)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_a_refusal_comes_without_content(stage: Stage, dialect: str, streamed: bool):
    model = stage.model("openai", "gpt-4o")
    pieces = [chunk({"role": "assistant", "content": None, "refusal": None})]
    pieces += [chunk({"refusal": words}) for words in ("I can't", " do that.")]
    answer = message(content=None, refusal="I can't do that.")
    events = datas([*pieces, STOP, ALONE, DONE])
    stage.answers("openai", stream(events) if streamed else whole(answer))

    said = stage.hears(dialect, model, stream=streamed).said

    assert (said.text + said.refusal, bool(said.refusal)) == (
        "I can't do that.",
        dialect == "chat",
    )
    stage.has_booked(9, 4)


@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_whitespace_keeps_openrouters_connections_alive(stage: Stage, dialect: str):
    model = stage.model("openai_compatible", "m", price_list="openrouter")
    body = whole(message(content="Hello")).pieces
    blank = b"\n         \n"
    alive = Scripted(pieces=[b"\n", blank, blank, *body], pause_seconds=0.02)
    stage.answers("openrouter", alive)

    stage.hears_hello(dialect, model, stream=False)
    stage.has_booked(9, 4)


@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_comments_keep_openrouters_streams_alive(stage: Stage, dialect: str):
    model = stage.model("openai_compatible", "m", price_list="openrouter")
    comment = b": OPENROUTER PROCESSING\n\n"
    said = datas([*HELLO_SAID, ALONE, DONE])
    stage.answers("openrouter", stream([comment, comment, said[0], comment, *said[1:]]))

    stage.hears_hello(dialect, model)
    stage.has_booked(9, 4)


@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_perplexity_pings_ends_lines_with_crlf_and_has_no_done(stage: Stage, dialect: str):
    model = stage.model("openai_compatible", "sonar", price_list="perplexity")
    said = [{**each, "usage": ALONE["usage"]} for each in HELLO_SAID]
    events = datas(said, line_end="\r\n")
    ping = b": ping - 2026-01-01 00:00:00.000000+00:00\r\n\r\n"
    stage.answers("perplexity", stream([ping, events[0], ping, *events[1:]]))

    stage.hears_hello(dialect, model)
    stage.has_booked(9, 4)


def test_vectors_are_text_where_the_sdk_asks_for_it_and_lists_where_not(stage: Stage):
    """The SDK asks for `encoding_format: base64` by itself, and unpacks what it gets."""
    model = stage.model("openai", "text-embedding-3-small")
    packed = base64.b64encode(struct.pack("<2f", 0.5, -1.0)).decode()
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    for asked, given in ((None, packed), ("float", [0.5, -1.0])):
        entry = {"object": "embedding", "index": 0, "embedding": given}
        stage.answers("openai", whole({"object": "list", "data": [entry], "usage": usage}))
        fields: dict[str, Any] = {} if asked is None else {"encoding_format": asked}

        said = stage.openai.embeddings.create(model=model, input="Hello", **fields)

        assert stage.asked["encoding_format"] == (asked or "base64")
        assert said.data[0].embedding == [0.5, -1.0]
        stage.has_booked(8, 0)
