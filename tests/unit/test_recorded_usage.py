"""What is read from recorded usage objects is what their providers reported."""

from typing import Any

import pytest

from billing.tokens import Tokens
from billing.usage import dialect_for, read_usage
from tests import recordings

# Steps that stand only in `iterations`: what they add to the figures on top, and what is another's.
COMPACTION = {
    "1537209a0fde": Tokens(input=55196, output=125),
    "a5f106edbcdf": Tokens(input=55196, cached_input=55096, output=83),
}
ADVICE = {"f0425d91419b": (("claude-opus-4-8", Tokens(input=2543, output=18)),)}


def has_usage(record: recordings.Recording) -> bool:
    return record["usage"] is not None


def usage_of(record: recordings.Recording) -> dict[str, Any]:
    """The usage object; for a call that told its counts in headers alone, those."""
    raw = record["usage"]["raw"]
    if "header_input" in raw and "usage" not in raw:
        return {"inputTokenCount": raw["header_input"]}
    return raw


def normalised(record: recordings.Recording) -> Tokens:
    """The recording's figures, put where every provider's tokens go."""
    told = record["usage"]
    figures = {name: told.get(name) or 0 for name in ("input", "output", "reasoning", "cached")}
    cache_write = told["cache_creation"] or 0
    whole_input, output = figures["input"], figures["output"]
    if "anthropic" in record["api"] or record["provider"] == "bedrock":
        whole_input += figures["cached"] + cache_write
    if record["provider"] in ("gemini", "vertex"):
        output += figures["reasoning"]
        whole_input += told["raw"].get("toolUsePromptTokenCount", 0)
    if record["vendor"] == "voyageai":
        whole_input = told["total"]
    return Tokens(
        input=whole_input,
        cached_input=figures["cached"],
        cache_write=cache_write,
        output=output,
        reasoning=min(figures["reasoning"], output),
    )


@pytest.mark.parametrize("record", recordings.parameters(has_usage))
def test_tokens_are_what_the_provider_reported(record: recordings.Recording):
    expected = normalised(record) + COMPACTION.get(record["id"], Tokens())

    reported = read_usage(dialect_for(record["vendor"]), usage_of(record))

    assert reported.tokens.main() == expected.main()
    assert reported.others == ADVICE.get(record["id"], ())
