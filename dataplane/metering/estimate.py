"""What a call may consume: a bound that holds, for money, and a guess that is near, for rates.

The bound needs no tokenizer: a token is at least one byte of text, and every message, tool and
schema has more bytes of JSON around it than a provider adds tokens for it. Media that a request
only points at has no size here, so such a request is bounded by the model's context.
"""

from typing import Any

import msgspec

from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment

BYTES_PER_TOKEN = 4
OVERHEAD_TOKENS = 64
CONTEXT_TOKENS_UNKNOWN = 1_000_000
OUTPUT_TOKENS_GUESSED = 256
OUTPUT_FIELDS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
CHOICES_FIELDS = ("n", "best_of")
CHOICES_MAX = 128
# What makes a provider read more than the body holds: references, server-side tools, files.
POINTERS = (
    b'"http',
    b'"file_id"',
    b'"file_url"',
    b'"previous_response_id"',
    b'"web_search',
    b'"file_search"',
    b'"code_interpreter"',
    b'"mcp"',
    b'"prompt":{',
    b'"conversation"',
)


def input_tokens_max(call: GatewayRequest, deployment: Deployment) -> int:
    """No provider counts more prompt tokens than this for the request."""
    context = deployment.context_tokens or CONTEXT_TOKENS_UNKNOWN
    if any(pointer in call.body for pointer in POINTERS):
        return context
    return min(len(call.body) + OVERHEAD_TOKENS, max(context, 1))


def output_tokens_max(call: GatewayRequest, deployment: Deployment, default: int) -> int:
    """No provider generates more tokens than this: what the request allows, else the model."""
    if call.endpoint is Endpoint.EMBEDDINGS:
        return 0
    most = next((limit for name in OUTPUT_FIELDS if (limit := _integer(call, name))), None)
    if most is None:
        most = deployment.output_tokens_max or default
    return most * choices(call)


def choices(call: GatewayRequest) -> int:
    """How many answers are generated for one prompt."""
    counts = [_integer(call, name) or 1 for name in CHOICES_FIELDS]
    return min(max(counts), CHOICES_MAX)


def tokens_guessed(call: GatewayRequest) -> int:
    """About what the call will use of a limit of tokens per minute; settled exactly afterwards."""
    return input_tokens_guessed(call) + (
        0
        if call.endpoint is Endpoint.EMBEDDINGS
        else next(
            (limit for name in OUTPUT_FIELDS if (limit := _integer(call, name))),
            OUTPUT_TOKENS_GUESSED,
        )
    )


def input_tokens_guessed(call: GatewayRequest) -> int:
    return -(-len(call.body) // BYTES_PER_TOKEN)


def output_tokens_guessed(output_bytes: int) -> int:
    """From what was emitted, where the provider's count never came."""
    return -(-output_bytes // BYTES_PER_TOKEN)


def _integer(call: GatewayRequest, name: str) -> int | None:
    """A positive whole number of the body; anything else is the provider's to refuse."""
    raw = call.fields.get(name)
    if raw is None:
        return None
    try:
        value: Any = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None
    return value if isinstance(value, int) and value > 0 else None
