"""Which path is whose, and what answers there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from controlplane.simulator.anthropic import errors as anthropic_errors
from controlplane.simulator.anthropic import messages
from controlplane.simulator.anthropic import models as anthropic_models
from controlplane.simulator.bedrock import converse
from controlplane.simulator.bedrock import errors as bedrock_errors
from controlplane.simulator.bedrock import models as bedrock_models
from controlplane.simulator.google import embeddings as google_embeddings
from controlplane.simulator.google import errors as google_errors
from controlplane.simulator.google import generate
from controlplane.simulator.google import models as google_models
from controlplane.simulator.openai import chat_completions, completions, embeddings, responses
from controlplane.simulator.openai import errors as openai_errors
from controlplane.simulator.openai import models as openai_models
from controlplane.simulator.replies import Endpoint, Refused, Reply, Request, Whole
from controlplane.simulator.wording import NOTICE

Refuse = Callable[[Refused], Whole]

DIALECTS: Mapping[str, Refuse] = {
    "openai": openai_errors.refuse,
    "azure_openai": openai_errors.refuse,
    "anthropic": anthropic_errors.refuse,
    "bedrock": bedrock_errors.refuse,
    "gemini": google_errors.refuse,
    "vertex": google_errors.refuse,
}
OPENAI: Mapping[str, Endpoint] = {
    "chat/completions": chat_completions.answer,
    "completions": completions.answer,
    "embeddings": embeddings.answer,
    "responses": responses.answer,
}
GOOGLE: Mapping[str, Endpoint] = {
    "generateContent": generate.answer,
    "streamGenerateContent": generate.answer,
    "countTokens": generate.count,
    "embedContent": google_embeddings.one,
    "batchEmbedContents": google_embeddings.batch,
    "predict": google_embeddings.predict,
}
BEDROCK: Mapping[str, Endpoint] = {
    "converse": converse.answer,
    "converse-stream": converse.answer,
    "count-tokens": converse.count,
    "invoke": bedrock_models.invoke,
}


def _index(_: Request) -> Whole:
    return Whole({"notice": NOTICE})


def _claude_at_vertex(request: Request) -> Reply:
    """There, tokens are counted by a model of that name."""
    if request.named["model"] == "count-tokens":
        return messages.count(request)
    return messages.answer(request)


@dataclass(frozen=True)
class Route:
    """A path, the dialect that is spoken there, and the endpoints by the path's `verb`."""

    method: str
    path: re.Pattern[str]
    dialect: str
    verbs: Mapping[str, Endpoint]
    refuse: Refuse


@dataclass(frozen=True)
class Found:
    """An endpoint, and what its path names."""

    endpoint: Endpoint
    named: Mapping[str, str]
    dialect: str
    refuse: Refuse


def find(method: str, path: str, *, is_anthropics: bool = False) -> Found | None:
    """`is_anthropics` tells the one path apart that two dialects share."""
    for route in ROUTES:
        match = route.path.fullmatch(path) if route.method == method else None
        if match is not None and (is_anthropics or route is not ANTHROPIC_MODELS):
            named = {name: value for name, value in match.groupdict().items() if value}
            endpoint = route.verbs[named.get("verb", "")]
            return Found(endpoint, named, route.dialect, route.refuse)
    return None


def _route(
    method: str, path: str, dialect: str, endpoint: Endpoint | Mapping[str, Endpoint]
) -> Route:
    verbs = endpoint if isinstance(endpoint, Mapping) else {"": endpoint}
    path = path.replace("{verb}", f"(?P<verb>{'|'.join(map(re.escape, verbs))})")
    path = path.replace("{model}", "(?P<model>.+)")
    return Route(method, re.compile(path), dialect, verbs, DIALECTS[dialect])


VERTEX = "/v1(?:beta1)?/(?:projects/[^/]+/locations/[^/]+/)?publishers"
ANTHROPIC_MODELS = _route("GET", "/v1/models", "anthropic", anthropic_models.answer)
CLAUDE: Mapping[str, Endpoint] = {
    "rawPredict": _claude_at_vertex,
    "streamRawPredict": _claude_at_vertex,
}
ROUTES = (
    ANTHROPIC_MODELS,
    _route("GET", "/", "openai", _index),
    _route("GET", "/v1/models", "openai", openai_models.answer),
    _route("POST", "/v1/{verb}", "openai", OPENAI),
    _route("GET", "/openai(?:/v1)?/models", "azure_openai", openai_models.answer),
    _route("POST", "/openai/deployments/(?P<model>[^/]+)/{verb}", "azure_openai", OPENAI),
    _route("POST", "/openai(?:/v1)?/{verb}", "azure_openai", OPENAI),
    _route("POST", "/v1/messages", "anthropic", messages.answer),
    _route("POST", "/v1/messages/count_tokens", "anthropic", messages.count),
    _route("GET", "/foundation-models", "bedrock", bedrock_models.answer),
    _route("POST", "/model/{model}/{verb}", "bedrock", BEDROCK),
    _route("GET", "/v1(?:beta)?/models", "gemini", google_models.answer),
    _route("POST", "/v1(?:beta)?/models/{model}:{verb}", "gemini", GOOGLE),
    _route("GET", f"{VERTEX}/google/models", "vertex", google_models.answer),
    _route("POST", f"{VERTEX}/google/models/{{model}}:{{verb}}", "vertex", GOOGLE),
    replace(
        _route("POST", f"{VERTEX}/anthropic/models/{{model}}:{{verb}}", "vertex", CLAUDE),
        refuse=anthropic_errors.refuse,
    ),
)
