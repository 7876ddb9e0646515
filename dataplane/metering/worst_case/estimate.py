"""What a call may consume: a bound that holds, for money, and a guess that is near, for rates.

The bound needs no tokenizer. A token stands for at least one byte of text in every vocabulary we
know of, a text is at least as long in JSON as it is in UTF-8 (each `\\uXXXX` has six bytes for at
most three), and a number of a list of tokens has a digit and a comma. What providers add themselves
is small and constant (`OVERHEAD_TOKENS`, `tools.PREAMBLE_TOKENS`); what they read beyond the text
is told by `contents` and `tools`.
"""

from typing import NamedTuple

import msgspec

from dataplane.metering.worst_case.contents import Contents, read_contents
from dataplane.metering.worst_case.fields import UNREADABLE, whole_number
from dataplane.metering.worst_case.image_limits import image_tokens_max
from dataplane.metering.worst_case.tools import CALLS_DEFAULT, RESEARCHING, Advisor, read_tools
from dataplane.request import FREE_ENDPOINTS, Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment

BYTES_PER_TOKEN = 4
# System prompts that servers put before every conversation (gpt-oss has 70 tokens), turn marks.
OVERHEAD_TOKENS = 128
# Grok's has nearly 700, and OpenRouter may let it answer for another model.
OVERHEAD_TOKENS_LONG = 1_024
LONG_OVERHEAD_VENDORS = frozenset({"x-ai", "openrouter"})
# A second of audio is 32 tokens at most (Google's count) and 1,300 bytes of base64 at least, in the
# least bit rate that MP3 has.
AUDIO_BYTES_PER_TOKEN = 16
# The longest that is sold widely; the price list does not know that of Gemini's Pro models.
CONTEXT_TOKENS_UNKNOWN = 1_048_576
# Price lists round windows: 1,000,000 for 1,048,576.
CONTEXT_SLACK = 1.05
CONTEXT_TOKENS_LONG = 1_048_576
# What one call of a provider's tool may put before the model: the window of OpenAI's web search.
TOOL_RESULT_TOKENS = 128_000
OUTPUT_TOKENS_GUESSED = 256
IMAGE_TOKENS_GUESSED = 1_000
# Bodies up to this size are guessed from their size alone.
PLAIN_BYTES_MAX = 16_384
TOKENS_MAX = 10**12

# The fields that limit the output of one choice; where there are several, servers differ in which
# one they heed. A limit under a name that its endpoint does not have is none.
OUTPUT_FIELDS = {
    Endpoint.CHAT_COMPLETIONS: ("max_completion_tokens", "max_tokens"),
    Endpoint.COMPLETIONS: ("max_tokens",),
    Endpoint.RESPONSES: ("max_output_tokens",),
    Endpoint.EMBEDDINGS: (),
    Endpoint.MESSAGES: ("max_tokens",),
    Endpoint.COUNT_TOKENS: (),
}
# These vendors' chat knows no `max_completion_tokens`.
MAX_TOKENS_ALONE = frozenset({"deepseek", "mistral", "perplexity"})
CHOICES_FIELDS = ("n", "best_of")

_decode_prompts = msgspec.json.Decoder(list[msgspec.Raw]).decode


class WorstCase(NamedTuple):
    """No provider bills more for a request than this."""

    input_tokens: int
    output_tokens: int
    is_text: bool
    web_searches: int
    choices: int
    """How many answers the limit of the output holds for, each."""
    output_tokens_apart: int
    """The part of `output_tokens` that the limit does not hold for."""
    advisors: tuple[Advisor, ...] = ()


def worst_case(
    call: GatewayRequest,
    deployment: Deployment,
    output_tokens_default: int,
    tool_calls_default: int = CALLS_DEFAULT,
) -> WorstCase:
    """What the call may consume there at most."""
    tools = read_tools(call, deployment.upstream_model, tool_calls_default)
    contents = read_contents(call)
    read_once = _sent_tokens(call, deployment, contents) + tools.preamble_tokens
    if tools.reads_more:
        read_once += TOOL_RESULT_TOKENS
    window = _window_tokens(call, deployment)
    if window is not None:
        read_once = min(read_once, window)
    answers = choices(call) * (1 + tools.is_compacting)
    apart = _output_apart(call, deployment)
    generated = output_limit(call, deployment, output_tokens_default) * answers + apart
    return WorstCase(
        min(read_once * tools.steps, TOKENS_MAX),
        min(generated, TOKENS_MAX),
        contents.is_text and not tools.reads_more,
        tools.calls,
        answers,
        apart,
        tools.advisors,
    )


def output_limit(call: GatewayRequest, deployment: Deployment, default: int) -> int:
    """The most tokens of one choice: what the request allows, else the model, else `default`."""
    names = limit_fields(call, deployment)
    given = 0
    for name in names:
        if name in call.fields:
            given = max(given, whole_number(call.fields, name) or 0)
    if given or not names:
        return given
    if deployment.output_tokens_max is not None:
        return deployment.output_tokens_max
    return min(default, deployment.context_tokens or default)


def limit_fields(call: GatewayRequest, deployment: Deployment) -> tuple[str, ...]:
    """The names under which the deployment heeds a limit of the output."""
    if call.endpoint is Endpoint.CHAT_COMPLETIONS and (
        deployment.provider.vendor in MAX_TOKENS_ALONE
    ):
        return ("max_tokens",)
    return OUTPUT_FIELDS[call.endpoint]


def choices(call: GatewayRequest) -> int:
    """How many answers are generated and billed."""
    most = 1
    for name in CHOICES_FIELDS:
        if name in call.fields:
            most = max(most, whole_number(call.fields, name) or 1)
    return most * _prompts(call) if call.endpoint is Endpoint.COMPLETIONS else most


def tokens_guessed(call: GatewayRequest) -> int:
    """About what the call will use of a limit of tokens per minute; settled exactly afterwards."""
    if call.endpoint in FREE_ENDPOINTS:
        return 0
    names = OUTPUT_FIELDS[call.endpoint]
    given = (whole_number(call.fields, name) for name in names)
    output = next((limit for limit in given if limit), OUTPUT_TOKENS_GUESSED) if names else 0
    return input_tokens_guessed(call) + output


def input_tokens_guessed(call: GatewayRequest) -> int:
    size, images = len(call.body), 0
    if size > PLAIN_BYTES_MAX:
        contents = read_contents(call)
        size -= contents.image_bytes + contents.audio_bytes
        images = contents.images
    return -(-size // BYTES_PER_TOKEN) + images * IMAGE_TOKENS_GUESSED


def output_tokens_guessed(output_bytes: int) -> int:
    """From what was emitted, where the provider's count never came."""
    return -(-output_bytes // BYTES_PER_TOKEN)


def _sent_tokens(call: GatewayRequest, deployment: Deployment, contents: Contents) -> int:
    """What the request says and shows, and what it points at."""
    is_long = deployment.provider.vendor in LONG_OVERHEAD_VENDORS
    tokens = len(call.body) + (OVERHEAD_TOKENS_LONG if is_long else OVERHEAD_TOKENS)
    if contents.is_text:
        return tokens
    tokens -= contents.image_bytes + contents.audio_bytes
    tokens += -(-contents.audio_bytes // AUDIO_BYTES_PER_TOKEN)
    is_opaque = contents.is_opaque
    if contents.images:
        each = image_tokens_max(deployment.provider.vendor, deployment.upstream_model)
        is_opaque |= each is None
        tokens += contents.images * (each or 0)
    return tokens + (context_tokens_max(deployment) if is_opaque else 0)


def context_tokens_max(deployment: Deployment) -> int:
    """No prompt of the model is longer, whatever its price list rounds or has not heard of."""
    context = deployment.context_tokens
    if context is None:
        return CONTEXT_TOKENS_UNKNOWN
    if deployment.prices.long_context_tokens >= context:  # it sells what is beyond the window
        return max(context, CONTEXT_TOKENS_LONG)
    return int(context * CONTEXT_SLACK)


def _window_tokens(call: GatewayRequest, deployment: Deployment) -> int | None:
    """What all prompts of the request together cannot exceed; None if that is not known.

    A request for embeddings has many inputs, each with a window of its own.
    """
    if deployment.context_tokens is None or call.endpoint is Endpoint.EMBEDDINGS:
        return None
    window = context_tokens_max(deployment)
    return window * _prompts(call) if call.endpoint is Endpoint.COMPLETIONS else window


def _prompts(call: GatewayRequest) -> int:
    """How many prompts a request for text completions has: texts, or lists of tokens."""
    raw = call.fields.get("prompt")
    if raw is None or not bytes(raw).startswith(b"["):
        return 1
    try:
        prompts = _decode_prompts(raw)
    except UNREADABLE:
        return 1
    is_tokens = all(bytes(prompt)[:1].isdigit() for prompt in prompts)
    return 1 if is_tokens else len(prompts)


def _output_apart(call: GatewayRequest, deployment: Deployment) -> int:
    """Output that no limit of the request holds for.

    OpenAI bills the tokens of a prediction that the answer did not take as output; Perplexity's
    deep research reports its reasoning next to the completion.
    """
    apart = len(bytes(call.fields["prediction"])) if "prediction" in call.fields else 0
    if RESEARCHING in deployment.upstream_model:
        apart += context_tokens_max(deployment)
    return apart
