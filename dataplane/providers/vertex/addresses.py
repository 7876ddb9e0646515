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
WITHIN = re.compile(r"publishers/[\w-]+/models/[\w.@-]+|endpoints/\d+", re.ASCII)


def model_url(provider: Provider, project: str, publisher: str, model: str, verb: str) -> str:
    """The address of a model's verb, as in `…/publishers/google/models/{model}:generateContent`.

    The model may come with its publisher (`google/gemini-2.5-pro`), as a tuned model's endpoint
    (`endpoints/123`), or with its whole path in the provider's project and region.
    """
    place = f"projects/{project}/locations/{provider.region or GLOBAL}/"
    path = _path(publisher, model.removeprefix(place))
    return f"{_versioned(provider, _regional(provider))}/{quote(place, safe='/:')}{path}:{verb}"


def express_url(provider: Provider, publisher: str, model: str, verb: str) -> str:
    """The same without a project and region, for which an API key stands in express mode."""
    return f"{_versioned(provider, GLOBAL_HOST)}/{_path(publisher, model)}:{verb}"


def _path(publisher: str, model: str) -> str:
    """Below a project and region. Clients may name models, so no name leads anywhere else."""
    if WITHIN.fullmatch(model):
        return model
    named, _, name = model.removeprefix("models/").rpartition("/")
    return f"publishers/{quote(named or publisher, safe='')}/models/{quote(name, safe='@')}"


def _versioned(provider: Provider, default: str) -> str:
    """The provider's own address, or the one for when it has none."""
    base_url = provider.base_url
    if base_url == f"https://{provider.region}-aiplatform.googleapis.com":
        base_url = default
    return base_url if VERSIONED.search(base_url) else f"{base_url}/{API_VERSION}"


def _regional(provider: Provider) -> str:
    if provider.region in ("", GLOBAL):
        return GLOBAL_HOST
    if provider.region in MULTI_REGIONS:
        return f"https://aiplatform.{provider.region}.rep.googleapis.com"
    return f"https://{provider.region}-aiplatform.googleapis.com"
