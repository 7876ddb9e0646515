"""Models of Bedrock's at the far end, and AWS's side of a signature."""

import re
from typing import Any
from unittest import mock

import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import parse_timestamp
from django.conf import settings

from controlplane.catalog.models import Model
from dataplane.contract.credentials import SealingKeys
from tests import catalog
from tests.fakes.upstream import Asked, Scripted

KEYS = {"access_key_id": "AKIDEXAMPLE0123", "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfi"}
REGION = "eu-central-1"
EVENT_STREAM = {"content-type": "application/vnd.amazon.eventstream"}


def callable_model(
    name: str, base_url: str, id: str = "far", credential: dict[str, Any] | None = None
) -> Model:
    """A priced model at a provider whose region is ours and whose host is the far end's."""
    sealed = SealingKeys.parse(settings.SEALING_KEY).seal(credential or KEYS, id)
    row = {"kind": "bedrock", "region": REGION, "price_list": "aws"}
    far = catalog.provider(id, base_url=base_url, credential_sealed=sealed, **row)
    return catalog.priced_model(name, of=far)


def stream(*pieces: bytes, **options: Any) -> Scripted:
    return Scripted(200, EVENT_STREAM, list(pieces), **options)


def assert_signed(asked: Asked, keys: dict[str, str] = KEYS) -> None:
    """As AWS does it: the request that arrived is signed again, by botocore, and compared."""
    given = asked.headers["authorization"]
    listed = re.search("SignedHeaders=([^,]+)", given)[1].split(";")
    headers = {name: asked.headers[name] for name in listed if not name.startswith("x-amz-")}
    query = f"?{asked.query}" if asked.query else ""
    url = f"http://{asked.headers['host']}{asked.raw_path}{query}"
    request = AWSRequest("POST", url, headers=headers, data=asked.body)
    credentials = Credentials(
        keys["access_key_id"], keys["secret_access_key"], keys.get("session_token")
    )
    at = parse_timestamp(asked.headers["x-amz-date"]).replace(tzinfo=None)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=at):
        SigV4Auth(credentials, "bedrock", REGION).add_auth(request)
    assert given == request.headers["Authorization"]
