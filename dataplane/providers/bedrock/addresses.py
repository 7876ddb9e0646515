"""Where Bedrock is asked: the host of a region, or another one, and the path of a model.

Ids of models and ARNs of inference profiles go into one segment of the path, so their slashes and
colons are encoded.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

import httpx

from dataplane.providers.base import CredentialUnusable
from dataplane.providers.bedrock.signatures import Target, aws_query
from dataplane.snapshot.model import Deployment, Provider

REGION_IN_HOST = re.compile(r"bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.")
# Where the requests of an inference profile may be served, in front of the model's own id.
GEOGRAPHY = re.compile(r"^(?:us-gov|us|eu|apac|global|jp|au|ca|sa|me|af|in)\.(?=[a-z0-9-]+\.)")
PROFILE = ":inference-profile/"


class Address(NamedTuple):
    """One call of one model."""

    url: str
    target: Target


def address_of(deployment: Deployment, operation: str, model: str | None = None) -> Address:
    """Raises `CredentialUnusable` where no region is to be found, since nothing can be signed."""
    provider = deployment.provider
    path = _path(model or deployment.upstream_model, operation)
    if provider.extra_query:
        return _address(provider, path, aws_query(provider.extra_query.items()))
    return _known(provider.base_url, provider.region, path)


def region_of(provider: Provider) -> str:
    """As configured, else the one in the address."""
    return provider.region or _region_in(provider.base_url)


def base_model(model: str) -> str:
    """The id of the model itself, without where it may be served: `us.`, or a profile's ARN."""
    return GEOGRAPHY.sub("", model.rpartition(PROFILE)[2])


def _address(provider: Provider, path: str, query: str) -> Address:
    return _written(provider.base_url, region_of(provider), path, query)


@lru_cache(maxsize=1024)
def _known(base_url: str, region: str, path: str) -> Address:
    return _written(base_url, region or _region_in(base_url), path, "")


def _written(base_url: str, region: str, path: str, query: str) -> Address:
    if not region:
        raise CredentialUnusable("the provider has no region to sign requests for")
    url = httpx.URL(f"{base_url}{path}" + (f"?{query}" if query else ""))
    target = Target(
        url.netloc.decode("ascii"), url.raw_path.decode("ascii").partition("?")[0], query, region
    )
    return Address(str(url), target)


def _region_in(base_url: str) -> str:
    found = REGION_IN_HOST.search(base_url)
    return found[1] if found else ""


@lru_cache(maxsize=1024)
def _path(model: str, operation: str) -> str:
    return f"/model/{quote(model, safe='')}/{operation}"
