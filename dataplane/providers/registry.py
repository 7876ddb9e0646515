"""Which wire format a kind of provider speaks."""

from collections.abc import Mapping

from dataplane.errors import InvalidRequest
from dataplane.providers.azure_openai import AzureOpenAI
from dataplane.providers.base import WireFormat
from dataplane.providers.openai import OpenAI
from dataplane.snapshot.model import Provider

WIRE_FORMATS: Mapping[str, WireFormat] = {
    "openai": OpenAI(),
    "openai_compatible": OpenAI(),
    "azure_openai": AzureOpenAI(),
}


def wire_format(provider: Provider) -> WireFormat:
    if (found := WIRE_FORMATS.get(provider.kind)) is not None:
        return found
    raise InvalidRequest(
        "endpoint_not_supported",
        f"This endpoint cannot be answered by providers of kind '{provider.kind}'.",
        param="model",
    )
