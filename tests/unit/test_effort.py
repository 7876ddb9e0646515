"""Effort in words and in tokens."""

import pytest

from dataplane.conversation.effort import EFFORT_TOKENS, effort_of, thinking_tokens


@pytest.mark.parametrize(
    ("effort", "output_tokens_max", "expected"),
    [
        ("none", None, 0),
        ("none", 4_096, 0),
        ("minimal", None, 1_024),
        ("low", 64_000, 2_048),
        ("medium", 64_000, 8_192),
        ("high", 64_000, 16_384),
        ("xhigh", 64_000, 32_768),
        ("max", 64_000, 32_768),
        ("high", 4_096, 3_072),
        ("low", 1_200, 1_024),
        ("minimal", 1_025, 1_024),
        ("high", 1_024, 0),
        ("high", 1, 0),
    ],
)
def test_an_effort_is_a_ceiling_below_the_limit_of_the_output(
    effort: str, output_tokens_max: int | None, expected: int
) -> None:
    assert thinking_tokens(effort, output_tokens_max) == expected


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [(0, "none"), (1_024, "low"), (2_048, "low"), (2_049, "medium"), (10_000, "high")],
)
def test_a_ceiling_is_the_smallest_effort_that_covers_it(tokens: int, expected: str) -> None:
    assert effort_of(tokens) == expected


def test_what_is_a_ceiling_and_what_a_word_agree() -> None:
    for effort in ("none", "low", "medium", "high"):
        assert effort_of(EFFORT_TOKENS[effort]) == effort
