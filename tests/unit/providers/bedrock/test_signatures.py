"""Our signatures are those of botocore, for everything that we sign."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import botocore.auth
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from dataplane.providers.bedrock.addresses import address_of
from dataplane.providers.bedrock.signatures import AwsKeys, Target, aws_query, signed
from tests.unit.providers.bedrock.asking import deployment

KEYS = AwsKeys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TEMPORARY = AwsKeys("ASIAEXAMPLE", "secret/with+signs=", "token//" + "x" * 300)
ARN = "arn:aws:bedrock:us-east-1:123456789012"
MODELS = [
    "amazon.nova-micro-v1:0",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    f"{ARN}:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    f"{ARN}:application-inference-profile/abc123def456",
    f"{ARN}:provisioned-model/a1b2c3",
    "arn:aws:sagemaker:us-east-1:123456789012:endpoint/mine",
    "a model~with (odd) characters/é☃%41",
]
AT = datetime(2026, 11, 21, 17, 56, 1, tzinfo=UTC)

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)
queries = st.dictionaries(texts.filter(bool), texts, max_size=4)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore signs at this time."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: AT.replace(tzinfo=None))


def botocore_signs(keys: AwsKeys, target: Target, headers: dict[str, str], body: bytes) -> Any:
    """The headers that botocore sends."""
    url = f"https://{target.host}{target.path}" + (f"?{target.query}" if target.query else "")
    given = {name: value for name, value in headers.items() if name != "host"}
    request = AWSRequest("POST", url, headers=given, data=body)
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    SigV4Auth(credentials, "bedrock", target.region).add_auth(request)
    return dict(request.headers)


def assert_signed_alike(keys: AwsKeys, target: Target, headers: dict[str, str], body: bytes):
    ours = signed(keys, target, headers, body, AT.timestamp())
    theirs = botocore_signs(keys, target, headers, body)

    assert ours["authorization"] == theirs["Authorization"]
    assert ours["x-amz-date"] == theirs["X-Amz-Date"]
    assert ours.get("x-amz-security-token") == theirs.get("X-Amz-Security-Token")


@pytest.mark.parametrize("keys", [KEYS, TEMPORARY])
@pytest.mark.parametrize("operation", ["converse", "converse-stream", "count-tokens", "invoke"])
@pytest.mark.parametrize("model", MODELS)
def test_requests_to_models_are_signed_as_botocore_signs_them(
    model: str, operation: str, keys: AwsKeys
):
    target = address_of(deployment(model), operation).target

    assert_signed_alike(keys, target, {"content-type": "application/json"}, b'{"messages":[]}')


@given(
    body=st.binary(max_size=200),
    path=st.lists(texts.filter(lambda text: text.strip(".")), min_size=1, max_size=5),
    query=queries,
    region=st.sampled_from(["us-east-1", "eu-central-1", "us-gov-west-1", "ap-southeast-2"]),
    keys=st.sampled_from([KEYS, TEMPORARY]),
)
def test_any_request_is_signed_as_botocore_signs_it(
    body: bytes, path: list[str], query: dict[str, str], region: str, keys: AwsKeys
):
    on_the_wire = "/" + "/".join(quote(part, safe="") for part in path)
    target = Target("bedrock.example:8443", on_the_wire, aws_query(query.items()), region)

    assert_signed_alike(keys, target, {"content-type": "application/json"}, body)


def test_headers_of_aws_are_signed_and_others_are_not():
    target = address_of(deployment(), "converse").target
    headers = {
        "content-type": "application/json",
        "x-amz-example": "  spaces   within ",
        "user-agent": "purser",
    }

    assert_signed_alike(KEYS, target, headers, b"{}")
    ours = signed(KEYS, target, {**headers, "x-team": "a"}, b"{}", AT.timestamp())
    assert "SignedHeaders=content-type;host;x-amz-date;x-amz-example," in ours["authorization"]


def test_the_next_day_has_a_key_of_its_own():
    target = address_of(deployment(), "converse").target
    days = [signed(KEYS, target, {}, b"", AT.timestamp() + 86_400 * day) for day in range(3)]

    assert len({day["authorization"] for day in days}) == 3
    assert "20261122" in days[1]["authorization"]


def test_keys_are_not_shown():
    assert "secret" not in repr(TEMPORARY)
    assert "token" not in repr(TEMPORARY)


@pytest.mark.parametrize(
    ("base_url", "region", "host", "signed_for"),
    [
        ("https://bedrock-runtime.eu-west-1.amazonaws.com", "", None, "eu-west-1"),
        ("https://bedrock-runtime-fips.us-east-2.amazonaws.com", "", None, "us-east-2"),
        ("https://vpce-1.bedrock-runtime.us-west-2.vpce.amazonaws.com", "", None, "us-west-2"),
        ("http://127.0.0.1:9000", "us-east-1", "127.0.0.1:9000", "us-east-1"),
        ("https://proxy.example:443/aws", "us-east-1", "proxy.example", "us-east-1"),
    ],
)
def test_the_host_that_is_called_is_the_one_that_is_signed(
    base_url: str, region: str, host: str | None, signed_for: str
):
    address = address_of(deployment("m:0", base_url=base_url, region=region), "converse")
    url = httpx.URL(address.url)

    assert address.target.host == url.netloc.decode() == (host or urlsplit(base_url).netloc)
    assert address.target.region == signed_for
    assert url.raw_path.decode() == urlsplit(base_url).path + "/model/m%3A0/converse"
    assert url.raw_path.decode() == address.target.path


@given(queries)
def test_the_query_that_is_sent_is_the_one_that_is_signed(query: dict[str, str]):
    address = address_of(deployment(extra_query=query), "converse")

    assert httpx.URL(address.url).query.decode() == address.target.query


def test_an_arn_is_one_segment_of_the_path():
    address = address_of(deployment(MODELS[2]), "converse-stream")

    assert address.target.path == (
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2F"
        "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"
    )
    assert httpx.URL(address.url).raw_path.decode() == address.target.path
