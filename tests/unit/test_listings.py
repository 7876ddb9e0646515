"""Which listing a model's name means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from billing import listings
from billing.listings import Listings, compile_clause, find_listing


@dataclass(frozen=True)
class Entry:
    name: str
    match: Mapping[str, Any]


SONNET = Entry("claude-sonnet", {"starts_with": "claude-sonnet"})
REGIONAL = Entry("regional", {"or": [{"equals": "us.anthropic.haiku"}, {"contains": "eu.haiku"}]})
DATED = Entry("gpt-5", {"or": [{"equals": "gpt-5"}, {"equals": "gpt-5-2026-03-05"}]})
FLASH = Entry("gemini-flash", {"equals": "gemini-flash"})
NAMED = Entry("ft:gpt-4o", {"equals": "never asked like this"})
KNOWN = Listings([SONNET, REGIONAL, DATED, FLASH, NAMED])


@pytest.mark.parametrize(
    ("clause", "name", "matches"),
    [
        ({"starts_with": "GPT-4"}, "gpt-4o", True),
        ({"starts_with": "gpt-4"}, "my-gpt-4", False),
        ({"ends_with": "-Latest"}, "gpt-latest", True),
        ({"ends_with": "-latest"}, "latest-gpt", False),
        ({"contains": "haiku"}, "us.anthropic.haiku-v1:0", True),
        ({"contains": "haiku"}, "sonnet", False),
        ({"equals": "o3"}, "o3", True),
        ({"equals": "o3"}, "o3-mini", False),
        ({"regex": r"^GPT-\d$"}, "gpt-5", True),
        ({"regex": r"^gpt-\d$"}, "gpt-five", False),
        ({"or": [{"equals": "a"}, {"equals": "b"}]}, "b", True),
        ({"or": [{"equals": "a"}, {"equals": "b"}]}, "c", False),
        ({"and": [{"starts_with": "a"}, {"ends_with": "z"}]}, "abcz", True),
        ({"and": [{"starts_with": "a"}, {"ends_with": "z"}]}, "abc", False),
    ],
)
def test_clauses_match_without_regard_to_case(clause: dict[str, Any], name: str, matches: bool):
    assert compile_clause(clause)(name) is matches


@pytest.mark.parametrize("clause", [{}, {"equals": "a", "contains": "b"}, {"sounds_like": "a"}])
def test_refuses_what_is_no_clause(clause: dict[str, Any]):
    with pytest.raises(ValueError, match="operator"):
        compile_clause(clause)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("claude-sonnet-4-5-20250929", SONNET),
        ("Claude-Sonnet-4-5", SONNET),
        ("us.anthropic.haiku", REGIONAL),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.haiku", REGIONAL),
        ("publishers/google/models/gemini-flash", FLASH),
        ("models/gemini-flash", FLASH),
        ("gpt-5-20260305", DATED),
        ("ft:gpt-4o", NAMED),
        ("gpt-5-20261399", None),
        ("gpt-6", None),
        ("", None),
    ],
)
def test_finds_a_model_by_the_names_it_goes_by(name: str, found: Entry | None):
    assert find_listing(KNOWN, name) is found
    assert find_listing(list(KNOWN), name) is found


def test_the_first_that_matches_wins():
    wide = Entry("wide", {"contains": "gpt"})

    assert find_listing([wide, DATED], "gpt-5") is wide
    assert find_listing([DATED, wide], "gpt-5") is DATED
    assert len(KNOWN) == 5


def test_remembers_names_within_a_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listings, "REMEMBERED_MAX", 2)
    known = Listings([DATED])

    assert [known.find(name) for name in ("gpt-5", "gpt-5", "a", "b", "gpt-5")] == [
        DATED,
        DATED,
        None,
        None,
        DATED,
    ]


def test_an_endless_name_means_nothing():
    assert Listings([SONNET]).find("claude-sonnet" * 1000) is None
