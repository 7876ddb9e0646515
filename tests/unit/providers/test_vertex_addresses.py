"""Where models of Vertex AI are called, by region and by the form of their names."""

from typing import Any

import pytest

from dataplane.providers.vertex.addresses import express_url, model_url
from dataplane.snapshot.model import Provider

IN_CENTRAL = "https://us-central1-aiplatform.googleapis.com/v1/projects/ours/locations/us-central1"


def provider(region: str = "us-central1", **fields: Any) -> Provider:
    row = {"project": "ours", "auth_header": "", "extra_headers": {}, "extra_query": {}}
    usual = {"base_url": f"https://{region}-aiplatform.googleapis.com", "vendor": "google"}
    return Provider(
        id="v", kind="vertex", region=region, credential={}, **{**row, **usual, **fields}
    )


@pytest.mark.parametrize(
    ("region", "start"),
    [
        ("us-central1", IN_CENTRAL),
        ("global", "https://aiplatform.googleapis.com/v1/projects/ours/locations/global"),
        ("", "https://aiplatform.googleapis.com/v1/projects/ours/locations/global"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com/v1/projects/ours/locations/eu"),
    ],
)
def test_hosts_are_those_of_the_region(region: str, start: str):
    url = model_url(provider(region), "ours", "google", "gemini-x", "generateContent")
    assert url == f"{start}/publishers/google/models/gemini-x:generateContent"


@pytest.mark.parametrize(
    ("base_url", "start"),
    [
        ("http://127.0.0.1:9", "http://127.0.0.1:9/v1/"),
        ("http://127.0.0.1:9/v1beta1", "http://127.0.0.1:9/v1beta1/"),
        ("http://127.0.0.1:9/google/v1", "http://127.0.0.1:9/google/v1/"),
    ],
)
def test_an_address_of_ones_own_comes_before_the_regions(base_url: str, start: str):
    url = model_url(provider(base_url=base_url), "ours", "google", "gemini-x", "predict")
    place = "projects/ours/locations/us-central1/publishers/google/models/gemini-x:predict"
    assert url == start + place


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-x", "publishers/google/models/gemini-x"),
        ("models/gemini-x", "publishers/google/models/gemini-x"),
        ("google/gemini-x", "publishers/google/models/gemini-x"),
        ("anthropic/claude@20250101", "publishers/anthropic/models/claude@20250101"),
        ("publishers/meta/models/llama", "publishers/meta/models/llama"),
        ("endpoints/123", "endpoints/123"),
        ("projects/ours/locations/us-central1/endpoints/123", "endpoints/123"),
    ],
)
def test_models_go_by_several_names(model: str, path: str):
    assert model_url(provider(), "ours", "google", model, "x") == f"{IN_CENTRAL}/{path}:x"


@pytest.mark.parametrize(
    "model",
    [
        "projects/theirs/locations/us-central1/publishers/google/models/gemini-x",
        "../../../../theirs/models/gemini-x",
        "endpoints/123:predict?x=",
        "gemini-x:predict#",
        "gemini-x?key=1",
        "endpoints/١",
    ],
)
def test_no_name_leads_out_of_the_project(model: str):
    url = model_url(provider(), "ours", "google", model, "generateContent")
    rest = url.removeprefix(f"{IN_CENTRAL}/publishers/").removesuffix(":generateContent")
    publisher, models, name = rest.split("/")
    assert models == "models"
    assert not set("?#:") & set(publisher + name)


def test_express_mode_has_neither_project_nor_region():
    url = express_url(provider(), "google", "gemini-x", "generateContent")
    path = "v1/publishers/google/models/gemini-x:generateContent"
    assert url == f"https://aiplatform.googleapis.com/{path}"
