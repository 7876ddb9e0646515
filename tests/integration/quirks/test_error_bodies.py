"""How providers refuse: in bodies of many shapes, with statuses that do not always say why.

Every refusal is synthetic: written by hand after what the named server sends.
"""

import json
from typing import Any, NamedTuple

import anthropic
import openai
import pytest

from tests import catalog
from tests.fakes import bedrock, google
from tests.fakes.upstream import Scripted
from tests.integration.quirks.stage import ERRORS, Stage, counted_of

JSON = {"content-type": "application/json"}
SECRETS = (catalog.CREDENTIAL, *google.API_KEY.values(), *bedrock.KEYS.values(), "127.0.0.1")
BOTH = ("chat", "messages")
OPENAIS = {"message": "No such field.", "type": "invalid_request_error", "param": "x", "code": "c"}


class Refusal(NamedTuple):
    """What one provider answers, and the words of it that a client is to read."""

    kind: str
    body: Any
    words: str = "No such field."
    status: int = 400
    vendor: str = ""
    headers: dict[str, str] = JSON

    @property
    def answer(self) -> Scripted:
        return Scripted(self.status, self.headers, [json.dumps(self.body).encode()])


def googles(code: int, message: str, status: str = "INVALID_ARGUMENT", *details: Any) -> Any:
    return {"error": {"code": code, "message": message, "status": status, "details": [*details]}}


ANTHROPICS = {"type": "error", "error": {"type": "x", "message": "No such field."}}
FAULT = {"type": "missing", "loc": ["body", "messages"], "msg": "No such field."}
OPENROUTERS = {
    "code": 400,
    "message": "Provider returned error",
    "metadata": {"provider_name": "Google", "raw": "No such field."},
}
REQUESTS = {
    "OpenAI, 400": Refusal("openai", {"error": OPENAIS}),
    "OpenAI, 404": Refusal("openai", {"error": OPENAIS}, status=404),
    "Anthropic": Refusal(
        "anthropic",
        {**ANTHROPICS, "request_id": "req_far"},
        headers={**JSON, "x-should-retry": "false"},
    ),
    "Gemini": Refusal("gemini", googles(400, "No such field.")),
    "Vertex": Refusal("vertex", googles(404, "No such model.", "NOT_FOUND"), "No such model.", 404),
    "Gemini's endpoint for OpenAI's dialect, in a list": Refusal(
        "openai_compatible", [googles(400, "No such field.")], vendor="google"
    ),
    "Bedrock": Refusal(
        "bedrock",
        {"message": "No such field."},
        headers={**JSON, "x-amzn-errortype": "ValidationException:http://internal.amazon.com/"},
    ),
    "Azure, 404 without a content type": Refusal(
        "azure_openai",
        {"error": {"code": "404", "message": "Resource not found"}},
        "Resource not found",
        404,
        headers={},
    ),
    "xAI, a text": Refusal(
        "openai_compatible",
        {"code": "Client specified an invalid argument", "error": "No such field."},
        vendor="xai",
    ),
    "Mistral, detail": Refusal("openai_compatible", {"detail": "No such field."}, vendor="mistral"),
    "Mistral, a list of faults": Refusal(
        "openai_compatible", {"detail": [FAULT]}, status=422, vendor="mistral"
    ),
    "Voyage": Refusal("openai_compatible", {"detail": "No such field."}, vendor="voyageai"),
    "OpenRouter": Refusal(
        "openai_compatible",
        {"error": OPENROUTERS, "user_id": "user_1"},
        vendor="openrouter",
    ),
    "DeepSeek, as a stream of octets": Refusal(
        "openai_compatible",
        {"error": {**OPENAIS, "param": None}},
        vendor="deepseek",
        headers={"content-type": "application/octet-stream"},
    ),
    "Groq": Refusal(
        "openai_compatible", {"error": {**OPENAIS, "failed_generation": "<tool>"}}, vendor="groq"
    ),
}


def refused(stage: Stage, dialect: str, model: str, *, stream: bool = False) -> Any:
    with pytest.raises(ERRORS) as raised:
        stage.hears(dialect, model, stream=stream)
    error = raised.value
    assert isinstance(error, openai.APIStatusError | anthropic.APIStatusError)
    assert not [each for each in SECRETS if each in str(error.body) + str(error.response.headers)]
    return error


def has_booked_nothing(stage: Stage, status: int, code: str) -> Any:
    row = stage.record()
    assert (row.status, row.error_code, row.usage_source) == (status, code, "none")
    assert (counted_of(row), row.cost_usd) == ((0, 0, 0, 0, 0), 0)
    return row


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("server", REQUESTS)
def test_a_refused_request_is_told_in_the_providers_words_and_the_clients_envelope(
    stage: Stage, server: str, dialect: str
):
    refusal = REQUESTS[server]
    model = stage.model(refusal.kind, "m", price_list=refusal.vendor)
    for streamed in (False, True):
        stage.answers(refusal.kind, refusal.answer)

        error = refused(stage, dialect, model, stream=streamed)

        assert error.status_code == refusal.status
        assert refusal.words in json.dumps(error.body)
        said = error.response.json()
        assert isinstance(said["error"]["message"], str)
        assert said.get("type") == ("error" if dialect == "messages" else None)
        has_booked_nothing(stage, refusal.status, "upstream_refused")


WRONG_KEY = "API key not valid. Please pass a valid API key."
KEY_INFO = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
GOOGLES_KEY = googles(400, WRONG_KEY, "INVALID_ARGUMENT", KEY_INFO)
MASKED = "sk-up**********6789"
CREDENTIALS = {
    "OpenAI": Refusal(
        "openai",
        {
            "error": {
                "message": f"Incorrect API key provided: {MASKED}. You can find your API key",
                "type": "invalid_request_error",
                "param": None,
                "code": "invalid_api_key",
            }
        },
        status=401,
    ),
    "Anthropic": Refusal(
        "anthropic",
        {"type": "error", "error": {"type": "authentication_error", "message": "invalid key"}},
        status=401,
    ),
    "Gemini, with 400": Refusal("gemini", GOOGLES_KEY),
    "Gemini's endpoint for OpenAI's dialect, with 400": Refusal(
        "openai_compatible", [GOOGLES_KEY], vendor="google"
    ),
    "Azure": Refusal(
        "azure_openai",
        {"error": {"code": "401", "message": "Access denied due to invalid subscription key."}},
        status=401,
    ),
    "xAI, with 400": Refusal(
        "openai_compatible",
        {
            "code": "Client specified an invalid argument",
            "error": f"Incorrect API key provided: {MASKED}. You can obtain an API key from x.",
        },
        vendor="xai",
    ),
    "Bedrock": Refusal(
        "bedrock",
        {"message": "The security token included in the request is invalid."},
        status=403,
        headers={**JSON, "x-amzn-errortype": "UnrecognizedClientException"},
    ),
}


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("server", CREDENTIALS)
def test_a_refused_key_is_no_fault_of_the_client_whatever_the_status(
    stage: Stage, server: str, dialect: str
):
    refusal = CREDENTIALS[server]
    model = stage.model(refusal.kind, "m", price_list=refusal.vendor)
    stage.answers(refusal.kind, refusal.answer)

    error = refused(stage, dialect, model)

    assert error.status_code == 502
    said = error.response.json()["error"]
    assert (said["type"], said["code"]) == ("upstream_error", "upstream_failed")
    assert "refused the gateway's credential" in said["message"]
    assert MASKED not in error.response.text
    row = has_booked_nothing(stage, 502, "upstream_failed")
    assert len(row.attempts) == 1


RETRY_IN = "You exceeded your current quota.\nPlease retry in 48.9s."
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "48s"}
LIMITS = {
    "Gemini, in the text alone": (
        Refusal("gemini", googles(429, RETRY_IN, "RESOURCE_EXHAUSTED"), "quota", 429),
        "49",
    ),
    "Gemini, in the details": (
        Refusal("gemini", googles(429, "Quota.", "RESOURCE_EXHAUSTED", RETRY_INFO), "Quota.", 429),
        "48",
    ),
    "Gemini's endpoint for OpenAI's dialect": (
        Refusal(
            "openai_compatible",
            [googles(429, RETRY_IN, "RESOURCE_EXHAUSTED")],
            "quota",
            429,
            vendor="google",
        ),
        "49",
    ),
    "OpenRouter, not at all": (
        Refusal(
            "openai_compatible",
            {
                "error": {**OPENROUTERS, "code": 429},
                "user_id": "user_1",
            },
            status=429,
            vendor="openrouter",
        ),
        None,
    ),
    "Azure, whose milliseconds are zero": (
        Refusal(
            "azure_openai",
            {"error": {"code": "429", "message": "Slow down."}},
            "Slow down.",
            429,
            headers={**JSON, "retry-after": "1", "retry-after-ms": "0"},
        ),
        "1",
    ),
}


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("server", LIMITS)
def test_when_to_come_back_after_429_is_told_wherever_the_provider_says_it(
    stage: Stage, server: str, dialect: str
):
    refusal, seconds = LIMITS[server]
    model = stage.model(refusal.kind, "m", price_list=refusal.vendor)
    stage.answers(refusal.kind, refusal.answer)

    error = refused(stage, dialect, model)

    assert error.status_code == 429
    assert refusal.words in json.dumps(error.body)
    assert error.response.headers.get("retry-after") == seconds
    has_booked_nothing(stage, 429, "upstream_rate_limited")
