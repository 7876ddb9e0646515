"""What is applied is in force on a running data plane within a second, as by any other door."""

import time

import httpx
import pytest

from tests.fakes.upstream import whole
from tests.integration.provisioning.applying import apply

ANSWER = {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 1000}}
FILE = """\
providers: [{{id: far, kind: openai_compatible, base_url: {url}, credential: {{api_key: sk-up}}}}]
prices: [{{model: far/m, valid_from: 2020-01-01, input_usd_per_mtok: 1, output_usd_per_mtok: 2}}]
virtual_keys:
- {{id: vk, customer: acme, allowed_models: [far/m], budget: {{daily_usd: {limit}}}}}
"""


@pytest.fixture
def code(plane, upstream):
    """What a call comes to: None, or the code it is refused with."""

    def code(secret, model="far/m"):
        headers = {"authorization": f"Bearer {secret}"}
        body = {"model": model, "messages": [], "max_tokens": 1000}
        answer = httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body)
        return None if answer.status_code == 200 else answer.json()["error"]["code"]

    upstream.answers(whole(ANSWER))
    return code


def soon(expected, look):
    deadline = time.monotonic() + 10
    while (seen := look()) != expected:
        assert time.monotonic() < deadline, f"still {seen}, not {expected}"
        time.sleep(0.02)


def test_a_file_is_all_it_takes_to_call_and_to_be_refused(upstream, code):
    secret = apply(FILE.format(url=upstream.url, limit=1)).secrets[0].secret

    soon(None, lambda: code(secret))

    apply(FILE.format(url=upstream.url, limit="0.000001"))
    soon("budget_exceeded", lambda: code(secret))

    apply("customers: [{id: acme}]\nvirtual_keys: []", prune=True)
    soon("key_revoked", lambda: code(secret))
