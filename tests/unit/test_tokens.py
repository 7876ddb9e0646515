"""Tokens: what is a part of what, and their sum."""

import pytest

from billing.tokens import NO_TOKENS, Tokens


@pytest.mark.parametrize(
    "counts",
    [
        {"input": 10, "cached_input": 11},
        {"input": 10, "cached_input": 6, "cache_write": 5},
        {"output": 10, "reasoning": 11},
    ],
)
def test_a_part_is_never_larger_than_its_whole(counts: dict[str, int]):
    with pytest.raises(ValueError, match="exceeds"):
        Tokens(**counts)


def test_a_part_may_be_the_whole():
    tokens = Tokens(input=10, cached_input=4, cache_write=6, output=3, reasoning=3)

    assert tokens.main() == {
        "input": 10,
        "cached_input": 4,
        "cache_write": 6,
        "output": 3,
        "reasoning": 3,
    }


def test_details_are_the_parts_beyond_the_five_that_are_not_zero():
    tokens = Tokens(input=10, output=5, input_audio=4, output_image=2, web_searches=1)

    assert tokens.details() == {"input_audio": 4, "output_image": 2, "web_searches": 1}
    assert NO_TOKENS.details() == {}


def test_tokens_add_up_kind_by_kind():
    one = Tokens(input=10, cached_input=4, output=3, reasoning=1, web_searches=1)
    two = Tokens(input=5, cache_write=5, cache_write_1h=2, output=1, output_audio=1)

    assert one + two == Tokens(15, 4, 5, 4, 1, cache_write_1h=2, output_audio=1, web_searches=1)


def test_tokens_cannot_be_changed():
    with pytest.raises(AttributeError):
        NO_TOKENS.input = 1
