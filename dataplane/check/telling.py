"""Whether a provider can be told a request, found out by writing it and not sending it.

Where writing it needs somebody else (a file to fetch, a token to buy), that is left out.
"""

import asyncio

from dataplane.errors import GatewayError
from dataplane.providers.base import CredentialUnusable
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment
from dataplane.translation.registry import WireFormats

WRITING_SECONDS_MAX = 0.5
MEDIA_NOT_FETCHED = "media_not_fetched"
# Their access tokens are bought from Google.
ASKING_OTHERS = frozenset({"vertex"})


async def is_told(formats: WireFormats, call: GatewayRequest, deployment: Deployment) -> None:
    """Raises `GatewayError` for what the provider cannot be asked."""
    wire = formats.find(call.endpoint, deployment)
    provider = deployment.provider
    if provider.kind in ASKING_OTHERS or not provider.credential:
        return
    try:
        async with asyncio.timeout(WRITING_SECONDS_MAX):
            await wire.request(call, deployment)
    except GatewayError as error:
        if error.code != MEDIA_NOT_FETCHED:
            raise
    except (TimeoutError, CredentialUnusable):  # `POST /api/v1/providers/{id}/test` tells
        return
