"""Refusals as providers write them, and what is the same of all of them."""

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
OPENROUTERS = {
    "code": 400,
    "message": "Provider returned error",
    "metadata": {"provider_name": "Google", "raw": "No such field."},
}


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

    def asked_for(self, stage: Stage) -> str:
        """A model of the provider that refuses."""
        model = stage.model(self.kind, "m", price_list=self.vendor)
        stage.answers(self.kind, self.answer)
        return model


def googles(code: int, message: str, status: str = "INVALID_ARGUMENT", *details: Any) -> Any:
    return {"error": {"code": code, "message": message, "status": status, "details": [*details]}}


def refused(stage: Stage, dialect: str, model: str, *, stream: bool = False) -> Any:
    """The SDK's error, which has nothing in it that is ours."""
    with pytest.raises(ERRORS) as raised:
        stage.hears(dialect, model, stream=stream)
    error = raised.value
    assert isinstance(error, openai.APIStatusError | anthropic.APIStatusError)
    assert not [each for each in SECRETS if each in str(error.body) + str(error.response.headers)]
    return error


def has_booked_nothing(stage: Stage, status: int, code: str) -> Any:
    """But that it was refused."""
    row = stage.record()
    assert (row.status, row.error_code, row.usage_source) == (status, code, "none")
    assert (counted_of(row), row.cost_usd) == ((0, 0, 0, 0, 0), 0)
    return row
