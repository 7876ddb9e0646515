"""The list of models, as the SDKs of both dialects read it."""

import anthropic
import openai
import pytest

from controlplane.catalog.models import ModelAlias
from tests import catalog
from tests.fakes.upstream import FakeUpstream
from tests.plane import Plane

NAMES = ["smart", "far/gpt-4o", "near/gpt-4o"]


@pytest.fixture
def secret(plane: Plane, upstream: FakeUpstream) -> str:
    """Of a key that may call two deployments, by an alias, too."""
    for name in ("far", "near"):
        of = catalog.provider(name, base_url=f"{upstream.url}/{name}")
        row = catalog.priced_model(of=of)
        ModelAlias.objects.create(alias="smart", model=row, weight=2)
    catalog.priced_model("other", of=of)
    secret = catalog.key(denied_models=["near/other"])
    plane.wait_for_catalog("near/other")
    return secret


def test_clients_of_openais_list_what_their_key_may_call(plane: Plane, secret: str):
    with openai.OpenAI(base_url=f"{plane.url}/v1", api_key=secret) as client:
        listed = [model.id for model in client.models.list()]
        one = client.models.retrieve("smart")

        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("near/other")

    assert listed == NAMES
    assert one.object == "model"


def test_clients_of_anthropics_too(plane: Plane, secret: str):
    with anthropic.Anthropic(base_url=plane.url, api_key=secret) as client:
        listed = list(client.models.list(limit=1000))
        one = client.models.retrieve("far/gpt-4o")

        with pytest.raises(anthropic.NotFoundError) as raised:
            client.models.retrieve("near/other")

    assert [model.id for model in listed] == NAMES
    assert (one.type, one.display_name) == ("model", "far/gpt-4o")
    assert raised.value.body["error"]["code"] == "model_not_found"
