"""Where the models of Vertex AI are called: hosts by region, and paths by publisher.

From https://cloud.google.com/vertex-ai/docs/reference/rest and its page on locations.
"""

import re
from urllib.parse import quote

from dataplane.snapshot.model import Provider

GLOBAL = "global"
GLOBAL_HOST = "https://aiplatform.googleapis.com"
# Several regions of one continent, whose host has a form of its own.
MULTI_REGIONS = frozenset({"us", "eu"})
API_VERSION = "v1"
VERSIONED = re.compile(r"/v\d+(beta\d*)?$")


def model_url(provider: Provider, project: str, publisher: str, model: str, verb: str) -> str:
    """The address of a model's verb, as in `…/publishers/google/models/{model}:generateContent`.

    The model may come with its publisher (`google/gemini-2.5-pro`), as a tuned model's endpoint
    (`endpoints/123`), or with the whole path below the version (`projects/…`).
    """
    path = _path(publisher, model)
    if not model.startswith("projects/"):
        region = provider.region or GLOBAL
        path = f"projects/{quote(project, safe=':')}/locations/{quote(region, safe='')}/{path}"
    return f"{_versioned(provider)}/{path}:{verb}"


def express_url(provider: Provider, publisher: str, model: str, verb: str) -> str:
    """The same without a project, as in Vertex's express mode, where an API key stands for it."""
    return f"{_versioned(provider)}/{_path(publisher, model)}:{verb}"


def _path(publisher: str, model: str) -> str:
    """Names come from configuration and from clients, so each part of a path stays one."""
    if model.startswith(("projects/", "publishers/", "endpoints/")):
        return "/".join(quote(part, safe="@") for part in model.split("/"))
    named, _, name = model.removeprefix("models/").rpartition("/")
    return f"publishers/{quote(named or publisher, safe='')}/models/{quote(name, safe='@')}"


def _versioned(provider: Provider) -> str:
    base_url = provider.base_url
    if base_url == f"https://{provider.region}-aiplatform.googleapis.com":
        base_url = _host(provider)
    return base_url if VERSIONED.search(base_url) else f"{base_url}/{API_VERSION}"


def _host(provider: Provider) -> str:
    """Of the regions without a host named after them; others have what is the default."""
    if provider.region in ("", GLOBAL):
        return GLOBAL_HOST
    if provider.region in MULTI_REGIONS:
        return f"https://aiplatform.{provider.region}.rep.googleapis.com"
    return provider.base_url
