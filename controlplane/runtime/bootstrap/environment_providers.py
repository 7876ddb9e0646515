"""Providers from credentials in the environment: who has a key there needs no further set-up.

A provider is created when its credential is there and no provider has its id; from then on it is
the administrator's, and nothing here touches it again. Values are never logged.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controlplane.catalog.models import Provider
from controlplane.catalog.services import create_provider
from controlplane.errors import DomainError

logger = logging.getLogger(__name__)

Environment = Mapping[str, str]
Credential = dict[str, Any]
# Where AWS puts what its own clients find keys with: a cluster's identity, a container's.
AWS_ELSEWHERE = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
GOOGLE_PROJECT = ("GOOGLE_CLOUD_PROJECT", "GOOGLE_PROJECT_ID", "VERTEXAI_PROJECT")
AZURE_API_VERSION = ("AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION", "AZURE_API_VERSION")
GOOGLE_REGION = ("GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_REGION", "VERTEXAI_LOCATION")


def first(environment: Environment, names: tuple[str, ...], default: str = "") -> str:
    return next((environment[name] for name in names if environment.get(name)), default)


@dataclass(frozen=True)
class Known:
    """A provider that the environment can name, and the variables that it does so with."""

    id: str
    name: str
    kind: str
    credential: Callable[[Environment], Credential | None]
    base_url: tuple[str, ...] = ()
    base_url_default: str = ""
    region: tuple[str, ...] = ()
    region_default: str = ""
    project: Callable[[Environment], str] = lambda environment: ""
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def columns(self, environment: Environment) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "base_url": first(environment, self.base_url, self.base_url_default),
            "region": first(environment, self.region, self.region_default),
            "project": self.project(environment),
            "extra_query": {
                name: value
                for name, variables in self.query.items()
                if (value := first(environment, variables))
            },
        }


def _api_key(*names: str) -> Callable[[Environment], Credential | None]:
    def read(environment: Environment) -> Credential | None:
        key = first(environment, names)
        return {"api_key": key} if key else None

    return read


def _aws(environment: Environment) -> Credential | None:
    """In the order in which AWS's own clients look; `{}` where they find keys that pass."""
    if bearer := environment.get("AWS_BEARER_TOKEN_BEDROCK"):
        return {"api_key": bearer}
    if keys := _aws_keys(environment):
        return keys
    if profile := environment.get("AWS_PROFILE"):
        return {"profile": profile}
    return {} if first(environment, AWS_ELSEWHERE) else None


def _aws_keys(environment: Environment) -> Credential | None:
    names = {
        "access_key_id": "AWS_ACCESS_KEY_ID",
        "secret_access_key": "AWS_SECRET_ACCESS_KEY",
        "session_token": "AWS_SESSION_TOKEN",
    }
    found = {part: environment[name] for part, name in names.items() if environment.get(name)}
    return found if {"access_key_id", "secret_access_key"} <= set(found) else None


def _google(environment: Environment) -> Credential | None:
    """A key file is sealed. Any other kind (an external account, a person's own) is found by
    Google's library where the variable says, each time anew."""
    path = environment.get("GOOGLE_APPLICATION_CREDENTIALS")
    if not path:
        return None
    try:
        account = json.loads(Path(path).read_text())
    except (OSError, ValueError):
        logger.warning("GOOGLE_APPLICATION_CREDENTIALS does not name a readable JSON file.")
        return None
    if isinstance(account, dict) and account.get("type", "service_account") != "service_account":
        return {}
    return {"service_account": account}


def _google_project(environment: Environment) -> str:
    if named := first(environment, GOOGLE_PROJECT):
        return named
    account = (_google(environment) or {}).get("service_account")
    return str(account.get("project_id", "")) if isinstance(account, dict) else ""


def _compatible(id: str, name: str, prefix: str, address: str) -> Known:
    """A provider that speaks OpenAI's format at an address of its own."""
    return Known(
        id,
        name,
        "openai_compatible",
        _api_key(f"{prefix}_API_KEY"),
        base_url=(f"{prefix}_BASE_URL", f"{prefix}_API_BASE"),
        base_url_default=address,
    )


KNOWN = (
    Known(
        "openai",
        "OpenAI",
        "openai",
        _api_key("OPENAI_API_KEY"),
        base_url=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    ),
    Known(
        "anthropic",
        "Anthropic",
        "anthropic",
        _api_key("ANTHROPIC_API_KEY"),
        base_url=("ANTHROPIC_BASE_URL",),
    ),
    Known(
        "bedrock",
        "Amazon Bedrock",
        "bedrock",
        _aws,
        base_url=("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "BEDROCK_BASE_URL"),
        region=("AWS_BEDROCK_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"),
        region_default="us-east-1",
    ),
    Known(
        "vertex",
        "Google Vertex AI",
        "vertex",
        _google,
        base_url=("VERTEX_BASE_URL", "GOOGLE_VERTEX_BASE_URL"),
        region=GOOGLE_REGION,
        region_default="us-central1",
        project=_google_project,
    ),
    Known(
        "gemini",
        "Google Gemini",
        "gemini",
        _api_key("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        base_url=("GEMINI_BASE_URL", "GOOGLE_GEMINI_BASE_URL"),
    ),
    Known(
        "azure",
        "Azure OpenAI",
        "azure_openai",
        _api_key("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
        base_url=("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_BASE_URL", "AZURE_API_BASE"),
        query={"api-version": AZURE_API_VERSION},
    ),
    _compatible("groq", "Groq", "GROQ", "https://api.groq.com/openai/v1"),
    _compatible("mistral", "Mistral", "MISTRAL", "https://api.mistral.ai/v1"),
    _compatible("deepseek", "DeepSeek", "DEEPSEEK", "https://api.deepseek.com/v1"),
    _compatible("openrouter", "OpenRouter", "OPENROUTER", "https://openrouter.ai/api/v1"),
    _compatible("xai", "xAI", "XAI", "https://api.x.ai/v1"),
    _compatible("together", "Together AI", "TOGETHER", "https://api.together.xyz/v1"),
    _compatible("fireworks", "Fireworks AI", "FIREWORKS", "https://api.fireworks.ai/inference/v1"),
    _compatible("cerebras", "Cerebras", "CEREBRAS", "https://api.cerebras.ai/v1"),
)


def ensure_environment_providers(environment: Environment) -> list[str]:
    """Creates the providers that the environment has credentials for; returns the new ones' ids."""
    existing = set(Provider.objects.values_list("id", flat=True))
    return [known.id for known in KNOWN if known.id not in existing and _create(known, environment)]


def _create(known: Known, environment: Environment) -> bool:
    credential = known.credential(environment)
    if credential is None:
        return False
    try:
        create_provider(credential=credential, **known.columns(environment))
    except DomainError as error:
        logger.warning("The environment's credential for %s was not taken: %s", known.id, error)
        return False
    logger.info("The provider '%s' was created from the environment's credential.", known.id)
    return True
