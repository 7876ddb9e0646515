"""Every recorded answer, of every provider, as the official SDK of every dialect hears it.

The gateway asks the provider in its own dialect, and whoever asked the gateway hears the same
words, calls, reason and counts, however the bytes were cut.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import anthropic
import openai
import pytest

from billing.errors import UsageMalformed
from billing.usage import ReportedUsage, read_usage
from tests import catalog, postgres, recordings
from tests.fakes.upstream import FakeUpstream, Scripted
from tests.integration.replay.heard import CLIENTS
from tests.integration.replay.said import FILTERED, READERS, Said, said
from tests.plane import Plane, booked
from tests.recordings import Recording

# Which dialects of clients lead to the API that a recording is of.
FITTING = {
    "openai.chat": ("chat", "messages"),
    "openai.responses": ("responses",),
    "anthropic.messages": ("chat", "responses", "messages"),
    "bedrock.converse": ("chat", "responses", "messages"),
    "bedrock.converse_stream": ("chat", "responses", "messages"),
    "gemini.generate": ("chat", "responses", "messages"),
    "gemini.stream": ("chat", "responses", "messages"),
}
PASSING = {
    "chat": ("openai.chat",),
    "responses": ("openai.responses",),
    "messages": ("anthropic.messages",),
}
KINDS = {"openai": "openai_compatible", "openai-compatible": "openai_compatible"}
# Answers in the background have nothing to say yet.
PENDING = ("queued", "in_progress")
PASSED_ON = ("content-type", "x-amzn-errortype", "retry-after")


def is_answer(record: Recording) -> bool:
    if record["api"] not in READERS or record["status"] != 200:
        return False
    return record["api"] != "openai.responses" or not set(record["kinds"]) & {
        f"resp_status:{status}" for status in PENDING
    }


def is_error(record: Recording) -> bool:
    return record["api"] in READERS and record["status"] != 200


def breaks_off(record: Recording) -> bool:
    """Those that were cut when they were recorded, or in which the provider reports an error."""
    return bool({"midstream_error", "truncated_stream"} & set(record["kinds"] + record["quirks"]))


def is_regular(record: Recording) -> bool:
    return is_answer(record) and not breaks_off(record)


def is_broken(record: Recording) -> bool:
    return is_answer(record) and breaks_off(record)


@dataclass
class Stage:
    upstream: FakeUpstream
    plane: Plane
    secret: str
    seen: set[str] = field(default_factory=set)

    def new_record(self) -> Any:
        """The usage record of the call that has just been made: there is exactly one."""
        record = booked().exclude(request_id__in=self.seen).get()
        self.seen.add(record.request_id)
        return record

    def set_up(self, record: Recording, suffix: str = "") -> str:
        """The name to ask for, at a provider of the recorded kind."""
        kind = KINDS.get(record["provider"], record["provider"])
        if record["api"] == "anthropic.messages":
            kind = "anthropic"
        far = catalog.provider(
            f"p-{record['id']}{suffix}",
            kind=kind,
            base_url=self.upstream.url,
            region="us-east-1" if kind in ("bedrock", "vertex") else "",
            project="project" if kind == "vertex" else "",
        )
        model = catalog.priced_model(record["model"], of=far)
        self.plane.wait_for_catalog(model.id)
        return str(model.id)

    def answers(self, record: Recording, pieces: list[bytes]) -> None:
        recorded = {name.lower(): value for name, value in record["response_headers"].items()}
        headers = {name: recorded[name] for name in PASSED_ON if name in recorded}
        self.upstream.answers(Scripted(record["status"], headers, pieces))


@pytest.fixture(scope="module")
def stage(database_url: str) -> Iterator[Stage]:
    """One data plane for all exchanges; each has its own provider."""
    postgres.empty(database_url)
    stage = Stage(FakeUpstream(), Plane(flush_interval_seconds=0.02), catalog.key())
    yield stage
    stage.plane.stop()
    stage.upstream.stop()


@pytest.mark.parametrize("record", recordings.parameters(is_regular))
def test_every_client_hears_what_the_provider_said(record: Recording, stage: Stage):
    name = stage.set_up(record)
    for dialect in FITTING[record["api"]]:
        for cut in recordings.CUTS if record["streaming"] else recordings.CUTS[:1]:
            stage.answers(record, cut(recordings.body_of(record)))
            heard = CLIENTS[dialect](
                stage.plane.url, stage.secret, name, stream=record["streaming"]
            )
            what = f"{dialect}, cut {cut.__name__}"
            assert heard.said == as_told_in(dialect, said(record)), what
            counts_are_the_providers(stage.new_record(), record, dialect, heard.tokens, what)


@pytest.mark.parametrize("record", recordings.parameters(is_broken))
def test_every_client_is_told_that_an_answer_broke_off(record: Recording, stage: Stage):
    for dialect in FITTING[record["api"]]:
        for cut in recordings.CUTS:
            name = stage.set_up(record, f"-{dialect}-{cut.__name__}")
            stage.answers(record, cut(recordings.body_of(record)))
            with pytest.raises((openai.APIError, anthropic.APIError)):
                CLIENTS[dialect](stage.plane.url, stage.secret, name, stream=True)
            assert stage.new_record().error_code == "upstream_failed"


def as_told_in(dialect: str, expected: Said) -> Said:
    """Anthropic's dialect has no place for the words of a refusal but the text."""
    if dialect != "messages" or not expected.refusal:
        return expected
    return Said(expected.text + expected.refusal, expected.calls, "", FILTERED)


def counts_are_the_providers(
    row: Any, record: Recording, dialect: str, heard: tuple[int, int] | None, what: str
) -> None:
    reported = None if record["usage"] is None else usage_of(record)
    if reported is None or reported.others:  # another model's tokens have no price here
        assert row.usage_source == "estimated", what
        return
    tokens = reported.tokens
    assert (row.input_tokens, row.output_tokens) == (tokens.input, tokens.output), what
    assert row.cached_input_tokens == tokens.cached_input, what
    assert row.reasoning_tokens == tokens.reasoning, what
    assert row.usage_source == "provider", what
    if record["api"] not in PASSING[dialect]:  # where bytes pass, the client adds up by itself
        assert heard == (tokens.input, tokens.output), what


def usage_of(record: Recording) -> ReportedUsage | None:
    try:
        return read_usage(record["provider"], record["usage"]["raw"])
    except UsageMalformed:
        return None


@pytest.mark.parametrize("record", recordings.parameters(is_error))
def test_every_client_is_told_why_the_provider_refused(record: Recording, stage: Stage):
    for dialect in FITTING[record["api"]]:
        name = stage.set_up(record, f"-{dialect}")  # one that refused may be left alone for a while
        stage.answers(record, [recordings.body_of(record)])
        with pytest.raises((openai.APIStatusError, anthropic.APIStatusError)) as raised:
            CLIENTS[dialect](stage.plane.url, stage.secret, name, stream=record["streaming"])
        error: Any = raised.value
        assert stage.new_record().status == record["status"]
        assert error.status_code == record["status"], dialect
        assert first_words(record) in str(error), dialect
        assert urlsplit(stage.upstream.url).netloc not in str(error), dialect


def first_words(record: Recording) -> str:
    """Of the provider's message, wherever its dialect has it."""
    body = json.loads(recordings.body_of(record))
    error = body.get("error", body)
    message = error if isinstance(error, str) else error.get("message", body.get("detail", ""))
    return str(message)[:40]
