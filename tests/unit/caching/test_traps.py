"""Sentences that look alike and are not, and sentences that do not and are."""

import pytest

from tests.unit.caching.judged import read, verdict

THRESHOLD = 0.7
"""Where a threshold is often learned."""
TRAPS, PARAPHRASES = read("traps"), read("paraphrases")
STORIES = ("field", "tool result")


def test_there_are_a_hundred_of_each():
    assert len(TRAPS) >= 100
    assert len(PARAPHRASES) >= 100


def test_no_trap_is_served(embedder):
    served = [
        (stored, asked)
        for _, stored, asked in TRAPS
        if verdict(stored, asked, embedder).score >= THRESHOLD
    ]

    assert served == []


def test_most_paraphrases_are_served(embedder):
    served = [
        asked
        for _, stored, asked in PARAPHRASES
        if verdict(stored, asked, embedder).score >= THRESHOLD
    ]

    assert len(served) >= 109


@pytest.mark.parametrize(
    ("stored", "asked"), [(stored, asked) for kind, stored, asked in TRAPS if kind in STORIES]
)
def test_a_story_is_blocked_both_ways_whatever_the_threshold(stored, asked, embedder):
    assert verdict(stored, asked, embedder).is_blocked
    assert verdict(asked, stored, embedder).is_blocked


def test_a_brand_in_a_long_caption_prompt_is_blocked(embedder):
    prompt = (
        "You write captions for a shop. Be short, be friendly, use no emoji, name the brand.\n"
        "Product data:\n- category: running shoe\n- brand: {}\n- colour: white\n- price: 89.90\n"
    )

    found = verdict(prompt.format("null"), prompt.format("Nike"), embedder)

    assert found.guard == "fields"
    assert found.cosine > 0.9
    assert "brand=nike" in found.explain()
    assert "brand=null" in found.explain()


def test_another_tool_result_inside_a_long_prompt_is_blocked(embedder):
    prompt = (
        "Answer the user from the results below and from nothing else. User: may I swim today? "
        "Results of the tool: the beach report of the coast guard says that the flag is {}, that "
        "the water is calm and warm, that there are lifeguards on duty until the evening, and that "
        "visitors are asked to stay between the posts, to keep children within reach, and to leave "
        "the water at once when the horn is heard."
    )

    found = verdict(prompt.format("flying"), prompt.format("lowered"), embedder)

    assert found.is_blocked
    assert found.cosine > 0.9


def test_a_long_prompt_with_its_sentences_unchanged_is_served(embedder):
    text = " ".join(f"Rule {n}: keep every answer short and polite." for n in range(12))

    assert verdict(text, text + " ", embedder).score >= THRESHOLD
