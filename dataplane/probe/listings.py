"""Where providers list their models, and how. The list stands beside what is called, so its address
is told from a call's."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from dataplane.contract.provider_names import DEFAULT_BASE_URLS
from dataplane.providers.base import UpstreamRequest
from dataplane.providers.bedrock.credentials import AwsCredentials, bearer_of
from dataplane.snapshot.model import Provider

MODELS_MAX = 200
NAME_LENGTH_MAX = 300
# What describes a body has no place where there is none.
OF_A_BODY = ("content-type", "content-length")
BEDROCK_ELSEWHERE = "Bedrock lists its models at an address of its own, which is not known here."
VERTEX = "Vertex AI has no list of what a project may call."


class NotListed(Exception):
    """This provider's models cannot be listed; the message says why."""


@dataclass(frozen=True)
class Shape:
    """From the path of a call to that of the list, and from its answer to names."""

    path: str
    query: Mapping[str, str]
    rows: str
    name: str


SHAPES = {
    "openai": Shape(r"/chat/completions$", {}, "data", "id"),
    "openai_compatible": Shape(r"/chat/completions$", {}, "data", "id"),
    "azure_openai": Shape(r"(/deployments/[^/]+)?/chat/completions$", {}, "data", "id"),
    "anthropic": Shape(r"/messages$", {"limit": "1000"}, "data", "id"),
    "gemini": Shape(r"/models/[^/]+$", {"pageSize": "1000"}, "models", "name"),
    "bedrock": Shape("", {}, "modelSummaries", "modelId"),
}


async def list_request(
    provider: Provider, call: UpstreamRequest, aws: AwsCredentials
) -> tuple[str, httpx.Headers]:
    """Where to ask, and with which headers. Raises `NotListed`, `CredentialUnusable`."""
    if provider.kind == "bedrock":
        return await _of_bedrock(provider, aws)
    if (shape := SHAPES.get(provider.kind)) is None:
        raise NotListed(VERTEX)
    url = httpx.URL(call.url)
    url = url.copy_with(path=re.sub(shape.path, "/models", url.path))
    headers = [(name, value) for name, value in call.headers.items() if name not in OF_A_BODY]
    return str(url.copy_merge_params(shape.query)), httpx.Headers(headers, encoding="latin-1")


def names_in(body: bytes, kind: str) -> list[str]:
    """The models of a list, as they are called. Raises `ValueError` for what is no list."""
    shape = SHAPES[kind]
    try:
        listed = json.loads(body)
    except RecursionError as error:
        raise ValueError from error
    rows = listed.get(shape.rows) if isinstance(listed, dict) else listed
    if not isinstance(rows, list):
        raise ValueError(f"there are no {shape.rows}")
    names = (row.get(shape.name) for row in rows if isinstance(row, dict))
    usable = (name for name in names if isinstance(name, str) and len(name) <= NAME_LENGTH_MAX)
    return list(dict.fromkeys(name.removeprefix("models/") for name in usable))[:MODELS_MAX]


async def _of_bedrock(provider: Provider, aws: AwsCredentials) -> tuple[str, httpx.Headers]:
    """ListFoundationModels, at the host that manages models. It is asked seldom: botocore signs.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
    """
    if provider.base_url != (DEFAULT_BASE_URLS["bedrock"] or "").format(region=provider.region):
        raise NotListed(BEDROCK_ELSEWHERE)
    url = f"https://bedrock.{provider.region}.amazonaws.com/foundation-models"
    if bearer := bearer_of(provider.credential):
        return url, httpx.Headers({"authorization": f"Bearer {bearer}"})
    keys = await aws.keys(provider.credential)

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("GET", url)
    account = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    SigV4Auth(account, "bedrock", provider.region).add_auth(request)
    return url, httpx.Headers(dict(request.headers.items()))
