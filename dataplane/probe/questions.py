"""The shortest thing that a model can be asked."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from dataplane.presence import Presence
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment

OUTPUT_TOKENS = 1
# OpenAI's own models insist on the newer name of the limit, which others do not know.
LIMITS = {"openai": "max_completion_tokens", "azure_openai": "max_completion_tokens"}
TEXT = "Hi"


def endpoint_of(model: str) -> Endpoint:
    """Models of vectors converse with nobody; all that tells them is their name."""
    return Endpoint.EMBEDDINGS if "embed" in model.lower() else Endpoint.CHAT_COMPLETIONS


def question(deployment: Deployment, endpoint: Endpoint) -> GatewayRequest:
    """As a client would send it."""
    call = GatewayRequest.new(endpoint, {}, Presence(), datetime.now(UTC))
    call.body = msgspec.json.encode(_fields(deployment, endpoint))
    call.parse()
    return call


def _fields(deployment: Deployment, endpoint: Endpoint) -> dict[str, Any]:
    if endpoint is Endpoint.EMBEDDINGS:
        return {"model": deployment.upstream_model, "input": TEXT}
    limit = LIMITS.get(deployment.provider.kind, "max_tokens")
    return {
        "model": deployment.upstream_model,
        "messages": [{"role": "user", "content": TEXT}],
        limit: OUTPUT_TOKENS,
    }
