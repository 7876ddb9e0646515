"""How providers refuse: in bodies of many shapes, with statuses that do not always say why.

Every refusal is synthetic: written by hand after what the named server sends.
"""

import json

import pytest

from tests.integration.quirks.refusals import (
    JSON,
    OPENROUTERS,
    Refusal,
    googles,
    has_booked_nothing,
    refused,
)
from tests.integration.quirks.stage import Stage

BOTH = ("chat", "messages")
OPENAIS = {"message": "No such field.", "type": "invalid_request_error", "param": "x", "code": "c"}


ANTHROPICS = {"type": "error", "error": {"type": "x", "message": "No such field."}}
FAULT = {"type": "missing", "loc": ["body", "messages"], "msg": "No such field."}
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
        row = has_booked_nothing(stage, refusal.status, "upstream_refused")
        assert len(row.attempts) == 1


IN_ENVELOPES = ("OpenAI, 400", "Azure, 404 without a content type", "OpenRouter", "Groq")


@pytest.mark.parametrize("server", IN_ENVELOPES)
def test_an_error_in_openais_envelope_passes_with_all_that_is_added_to_it(
    stage: Stage, server: str
):
    refusal = REQUESTS[server]
    model = refusal.asked_for(stage)

    assert refused(stage, "chat", model).response.json() == refusal.body
    has_booked_nothing(stage, refusal.status, "upstream_refused")


def test_an_error_in_anthropics_envelope_passes_with_its_id(stage: Stage):
    refusal = REQUESTS["Anthropic"]
    model = refusal.asked_for(stage)

    error = refused(stage, "messages", model)

    assert error.response.json() == refusal.body
    assert error.request_id == has_booked_nothing(stage, 400, "upstream_refused").request_id


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
    model = refusal.asked_for(stage)

    error = refused(stage, dialect, model)

    assert error.status_code == 502
    said = error.response.json()["error"]
    assert (said["type"], said["code"]) == ("upstream_error", "upstream_failed")
    assert "refused the gateway's credential" in said["message"]
    assert MASKED not in error.response.text
    row = has_booked_nothing(stage, 502, "upstream_failed")
    assert len(row.attempts) == 1
