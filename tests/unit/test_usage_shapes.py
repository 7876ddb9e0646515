"""Usage objects of all providers, each read into the same tokens."""

from typing import Any

import pytest

from billing.errors import UsageMalformed
from billing.tokens import Tokens
from billing.usage import dialect_for, read_usage

OPENAI = [
    (
        "a chat that says nothing but zeros",
        {
            "prompt_tokens": 26,
            "completion_tokens": 104,
            "total_tokens": 130,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
        Tokens(input=26, output=104),
    ),
    (
        "cached, written and reasoned",
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
            "completion_tokens_details": {"reasoning_tokens": 20},
        },
        Tokens(input=100, cached_input=60, cache_write=30, output=50, reasoning=20),
    ),
    (
        "audio and images, some of them cached",
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "prompt_tokens_details": {
                "cached_tokens": 50,
                "audio_tokens": 40,
                "image_tokens": 20,
                "video_tokens": 10,
                "cached_tokens_details": {"audio_tokens": 15, "image_tokens": 5},
            },
            "completion_tokens_details": {"audio_tokens": 30, "image_tokens": 4},
        },
        Tokens(
            input=100,
            cached_input=50,
            output=50,
            input_audio=40,
            cached_input_audio=15,
            input_image=20,
            cached_input_image=5,
            input_video=10,
            output_audio=30,
            output_image=4,
        ),
    ),
    (
        "Responses",
        {
            "input_tokens": 8576,
            "output_tokens": 52,
            "total_tokens": 8628,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 4418},
            "output_tokens_details": {"reasoning_tokens": 32},
        },
        Tokens(input=8576, cache_write=4418, output=52, reasoning=32),
    ),
    (
        "realtime, with an s less",
        {
            "input_tokens": 30,
            "output_tokens": 9,
            "total_tokens": 39,
            "input_token_details": {"audio_tokens": 20, "cached_tokens": 4},
            "output_token_details": {"audio_tokens": 5},
        },
        Tokens(input=30, cached_input=4, output=9, input_audio=20, output_audio=5),
    ),
    ("embeddings", {"prompt_tokens": 8, "total_tokens": 8}, Tokens(input=8)),
    (
        "null details",
        {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": None},
        Tokens(input=9, output=2),
    ),
    ("null counts", {"prompt_tokens": None, "completion_tokens": None}, Tokens()),
    ("whole floats", {"prompt_tokens": 9.0, "completion_tokens": 2.0}, Tokens(input=9, output=2)),
]

COMPATIBLE = [
    (
        "deepseek",
        {
            "prompt_tokens": 100,
            "completion_tokens": 5,
            "prompt_cache_hit_tokens": 64,
            "prompt_cache_miss_tokens": 36,
        },
        Tokens(input=100, cached_input=64, output=5),
    ),
    (
        "mistral",
        {"prompt_tokens": 100, "completion_tokens": 5, "num_cached_tokens": 64},
        Tokens(input=100, cached_input=64, output=5),
    ),
    (
        "huggingface",
        {"prompt_tokens": 100, "completion_tokens": 5, "cached_tokens": 64},
        Tokens(input=100, cached_input=64, output=5),
    ),
    (
        "databricks",
        {
            "prompt_tokens": 100,
            "completion_tokens": 5,
            "cache_read_input_tokens": 64,
            "cache_creation_input_tokens": 20,
            "reasoning_tokens": 3,
        },
        Tokens(input=100, cached_input=64, cache_write=20, output=5, reasoning=3),
    ),
    (
        "mistral",  # Voxtral: the audio is in the total alone
        {
            "prompt_tokens": 4,
            "completion_tokens": 635,
            "total_tokens": 3264,
            "prompt_audio_seconds": 203,
        },
        Tokens(input=2629, output=635, input_audio=2625),
    ),
    (
        "gemini",  # its OpenAI endpoint hides the thinking in the total
        {"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109},
        Tokens(input=35, output=74, reasoning=62),
    ),
    (
        "xai",
        {
            "prompt_tokens": 32,
            "completion_tokens": 9,
            "total_tokens": 135,
            "completion_tokens_details": {"reasoning_tokens": 94},
        },
        Tokens(input=32, output=103, reasoning=94),
    ),
    (
        "x-ai",
        {
            "prompt_tokens": 32,
            "completion_tokens": 9,
            "completion_tokens_details": {"reasoning_tokens": 94},
        },
        Tokens(input=32, output=103, reasoning=94),
    ),
    (
        "xai",  # in Responses it is inside, as everywhere
        {
            "input_tokens": 32,
            "output_tokens": 100,
            "input_tokens_details": {"cached_tokens": 2},
            "output_tokens_details": {"reasoning_tokens": 94},
        },
        Tokens(input=32, cached_input=2, output=100, reasoning=94),
    ),
    (
        "openrouter",  # seen: more reasoning than completion
        {
            "prompt_tokens": 43,
            "completion_tokens": 10,
            "total_tokens": 53,
            "completion_tokens_details": {"reasoning_tokens": 11},
            "server_tool_use_details": {"web_search_requests": 1},
            "cost": 0.0076,
        },
        Tokens(input=43, output=10, reasoning=10, web_searches=1),
    ),
    (
        "perplexity",  # deep research
        {
            "prompt_tokens": 33,
            "completion_tokens": 7163,
            "total_tokens": 7196,
            "citation_tokens": 20016,
            "num_search_queries": 18,
            "reasoning_tokens": 73997,
        },
        Tokens(input=20049, output=81160, reasoning=73997, web_searches=18),
    ),
    (
        "perplexity",  # Responses
        {
            "input_tokens": 100,
            "output_tokens": 20,
            "total_tokens": 120,
            "input_tokens_details": {"cache_read_input_tokens": 40},
            "tool_calls_details": {"search_web": {"invocation": 2}},
        },
        Tokens(input=100, cached_input=40, output=20, web_searches=2),
    ),
    ("voyageai", {"total_tokens": 3}, Tokens(input=3)),
    (
        "any",  # parts of a prompt that exceed it are cut to it
        {
            "prompt_tokens": 10,
            "completion_tokens": 1,
            "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 8},
        },
        Tokens(input=10, cached_input=8, cache_write=2, output=1),
    ),
]

ANTHROPIC = [
    (
        "caches are outside of the input",
        {
            "input_tokens": 7,
            "output_tokens": 60,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 1069,
            "cache_creation": {"ephemeral_5m_input_tokens": 69, "ephemeral_1h_input_tokens": 1000},
        },
        Tokens(input=1176, cached_input=100, cache_write=1069, output=60, cache_write_1h=1000),
    ),
    (
        "no split of the written",
        {"input_tokens": 7, "output_tokens": 60, "cache_creation_input_tokens": 20},
        Tokens(input=27, cache_write=20, output=60),
    ),
    (
        "thinking and searching",
        {
            "input_tokens": 7744,
            "output_tokens": 353,
            "output_tokens_details": {"thinking_tokens": 80},
            "server_tool_use": {"web_search_requests": 1},
        },
        Tokens(input=7744, output=353, reasoning=80, web_searches=1),
    ),
    (
        "compaction stands only in its step",
        {
            "input_tokens": 181,
            "output_tokens": 8,
            "cache_read_input_tokens": 0,
            "iterations": [
                {
                    "type": "compaction",
                    "input_tokens": 100,
                    "cache_read_input_tokens": 55096,
                    "output_tokens": 83,
                },
                {"type": "message", "input_tokens": 181, "output_tokens": 8},
            ],
        },
        Tokens(input=55377, cached_input=55096, output=91),
    ),
    (
        "a single step repeats what is on top",
        {
            "input_tokens": 53,
            "output_tokens": 14,
            "iterations": [{"type": "message", "model": "m", "input_tokens": 53}],
        },
        Tokens(input=53, output=14),
    ),
    ("counted tokens", {"input_tokens": 1581}, Tokens(input=1581)),
]

BEDROCK = [
    (
        "Converse, each cache count twice",
        {
            "inputTokens": 2,
            "outputTokens": 5,
            "totalTokens": 1340,
            "cacheReadInputTokens": 1322,
            "cacheReadInputTokenCount": 1322,
            "cacheWriteInputTokens": 11,
            "cacheWriteInputTokenCount": 11,
            "cacheDetails": [{"ttl": "5m", "inputTokens": 1}, {"ttl": "1h", "inputTokens": 10}],
            "serverToolUsage": {},
        },
        Tokens(input=1335, cached_input=1322, cache_write=11, output=5, cache_write_1h=10),
    ),
    (
        "the other spelling alone",
        {"inputTokens": 5, "outputTokens": 10, "cacheReadInputTokenCount": 7},
        Tokens(input=12, cached_input=7, output=10),
    ),
    (
        "the metrics of a stream of InvokeModel",
        {
            "amazon-bedrock-invocationMetrics": {
                "inputTokenCount": 392,
                "outputTokenCount": 97,
                "firstByteLatency": 1036,
            }
        },
        Tokens(input=392, output=97),
    ),
    (
        "a Claude answer of InvokeModel",
        {"input_tokens": 392, "output_tokens": 9},
        Tokens(392, 0, 0, 9),
    ),
]

GEMINI = [
    (
        "thoughts are outside of candidates, what tools fed back outside of the prompt",
        {
            "promptTokenCount": 15,
            "candidatesTokenCount": 40,
            "thoughtsTokenCount": 257,
            "toolUsePromptTokenCount": 288,
            "totalTokenCount": 600,
        },
        Tokens(input=303, output=297, reasoning=257),
    ),
    (
        "cached content is inside of the prompt",
        {"promptTokenCount": 3520, "cachedContentTokenCount": 3512, "candidatesTokenCount": 2},
        Tokens(input=3520, cached_input=3512, output=2),
    ),
    (
        "modalities by name and by number",
        {
            "promptTokenCount": 100,
            "candidatesTokenCount": 50,
            "cachedContentTokenCount": 20,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 10},
                {"modality": "AUDIO", "tokenCount": 30},
                {"modality": 2, "tokenCount": 40},
                {"modality": "DOCUMENT", "tokenCount": 5},
                {"modality": "VIDEO", "tokenCount": 15},
                {"modality": ["odd"], "tokenCount": 1},
            ],
            "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 20}],
            "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 45}],
        },
        Tokens(
            input=100,
            cached_input=20,
            output=50,
            input_audio=30,
            cached_input_audio=20,
            input_image=45,
            input_video=15,
            output_image=45,
        ),
    ),
    ("an early chunk of a stream", {"trafficType": "ON_DEMAND"}, Tokens()),
    ("counted tokens", {"totalTokens": 13}, Tokens(input=13)),
    ("embedded by Vertex", {"statistics": {"token_count": 4}}, Tokens(input=4)),
    (
        "thoughts ate the budget",
        {"promptTokenCount": 15, "thoughtsTokenCount": 2},
        Tokens(15, 0, 0, 2, 2),
    ),
]


def cases(dialect: str, table: list[Any]) -> list[Any]:
    return [pytest.param(dialect, usage, tokens, id=name) for name, usage, tokens in table]


@pytest.mark.parametrize(
    ("dialect", "usage", "tokens"),
    [
        *cases("openai", OPENAI),
        *cases("anthropic", ANTHROPIC),
        *cases("bedrock", BEDROCK),
        *cases("gemini", GEMINI),
        *[(dialect_for(vendor), usage, tokens) for vendor, usage, tokens in COMPATIBLE],
    ],
)
def test_reads_what_each_provider_means(dialect: str, usage: dict[str, Any], tokens: Tokens):
    assert read_usage(dialect, usage).tokens == tokens


@pytest.mark.parametrize(
    ("dialect", "usage", "tokens"),
    [
        *cases("gemini", [entry for entry in ANTHROPIC if "caches" in entry[0]]),
        *cases("openai", BEDROCK),
        *cases("openai", GEMINI),
        *cases("anthropic", OPENAI),
    ],
)
def test_reads_the_shape_that_is_there_whoever_sent_it(
    dialect: str, usage: dict[str, Any], tokens: Tokens
):
    assert read_usage(dialect, usage).tokens == tokens


def test_an_advisors_tokens_are_another_models():
    step = {"input_tokens": 1128, "output_tokens": 135, "type": "message"}
    advice = {"input_tokens": 2543, "output_tokens": 18, "type": "advisor_message"}
    usage = {
        "input_tokens": 1128,
        "output_tokens": 135,
        "iterations": [step, advice | {"model": "opus"}, advice | {"model": "opus"}],
    }

    reported = read_usage("anthropic", usage)

    assert reported.tokens == Tokens(input=1128, output=135)
    assert reported.others == (("opus", Tokens(input=5086, output=36)),)


@pytest.mark.parametrize(
    "answer",
    [
        {"usage": {"prompt_tokens": 3, "completion_tokens": 4}, "choices": []},
        {"usage": None, "x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}},
        {
            "type": "response.completed",
            "response": {"usage": {"input_tokens": 3, "output_tokens": 4}},
        },
        {"type": "message_start", "message": {"usage": {"input_tokens": 3, "output_tokens": 4}}},
        {"candidates": [], "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}},
        {"output": {}, "usage": {"inputTokens": 3, "outputTokens": 4}, "metrics": {}},
    ],
)
def test_finds_the_usage_inside_the_answer_it_came_with(answer: dict[str, Any]):
    assert read_usage("openai", answer).tokens == Tokens(input=3, output=4)


@pytest.mark.parametrize(
    ("answer", "tier"),
    [
        ({"usage": {"prompt_tokens": 1}, "service_tier": "default"}, "standard"),
        ({"usage": {"prompt_tokens": 1}, "service_tier": "flex"}, "flex"),
        ({"usage": {"prompt_tokens": 1}, "service_tier": "scale"}, None),
        ({"usage": {"prompt_tokens": 1}}, None),
        ({"input_tokens": 1, "service_tier": "batch"}, "batch"),
        ({"input_tokens": 1, "service_tier": "standard", "speed": "fast"}, "fast"),
        ({"usageMetadata": {"promptTokenCount": 1, "trafficType": "ON_DEMAND_FLEX"}}, "flex"),
        ({"usageMetadata": {"promptTokenCount": 1, "trafficType": 1}}, None),
        ({"usage": {"inputTokens": 1}, "serviceTier": {"type": "priority"}}, "priority"),
    ],
)
def test_tells_how_urgently_the_call_was_served(answer: dict[str, Any], tier: str | None):
    assert read_usage("openai", answer).service_tier == tier


@pytest.mark.parametrize("value", [-1, float("nan"), True, "12", 1.5, [3], 10**12 + 1, 1e300])
def test_a_broken_count_is_malformed_and_named(value: Any):
    with pytest.raises(UsageMalformed, match="completion_tokens"):
        read_usage("openai", {"prompt_tokens": 1, "completion_tokens": value})


@pytest.mark.parametrize(
    ("usage", "field"),
    [
        ({"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": "3"}}, "cached_tokens"),
        ({"prompt_tokens": 1, "prompt_tokens_details": [1]}, "prompt_tokens_details"),
        ({"input_tokens": 1, "iterations": {"input_tokens": 3}}, "iterations"),
        ({"input_tokens": 1, "iterations": [3]}, "iterations"),
        ({"input_tokens": 1, "iterations": [{"type": "advice", "model": 3}]}, "iterations.model"),
        ({"promptTokenCount": 1, "thoughtsTokenCount": -3}, "thoughtsTokenCount"),
        ({"inputTokens": 1, "cacheDetails": [{"ttl": "1h", "inputTokens": -1}]}, "cacheDetails"),
        ({"usage": [{"prompt_tokens": 3}]}, "no counts"),
        ({"usage": None}, "no counts"),
        ({}, "no counts"),
        ([], "not an object"),
        (None, "not an object"),
    ],
)
def test_what_cannot_be_read_says_where(usage: Any, field: str):
    with pytest.raises(UsageMalformed, match=field):
        read_usage("openai", usage)


def test_wrappers_are_followed_only_so_deep():
    wrapped: dict[str, Any] = {"prompt_tokens": 1}
    for _ in range(50):
        wrapped = {"usage": wrapped}

    with pytest.raises(UsageMalformed, match="no counts"):
        read_usage("openai", wrapped)
