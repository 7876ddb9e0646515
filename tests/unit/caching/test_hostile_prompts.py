"""Prompts made to cost time, to break a reader, or to slip through."""

import math
import time

import pytest

from dataplane.caching.judgement.guards import GUARDS
from dataplane.caching.judgement.prompt import CHARACTERS_MAX, read_prompt
from dataplane.caching.judgement.verdict import judge
from tests.unit.caching.judged import verdict

SECONDS_MAX = 1.0
LONG = CHARACTERS_MAX - 10
HOSTILE = [
    "",
    " ",
    "\x00",
    "\ud800",
    "?" * LONG,
    "a" * LONG,
    "a-" * (LONG // 2),
    "a.1" * (LONG // 3),
    '"' * LONG,
    "'a' " * (LONG // 4),
    "`" * LONG,
    "```\n" * (LONG // 4),
    "a:" * (LONG // 2),
    "a =" * (LONG // 3),
    "{" * LONG,
    '{"a":' * (LONG // 5),
    "A b to c " * (LONG // 9),
    "not " * (LONG // 4),
    "most " * (LONG // 5),
    "九" * LONG,
    "“" * LONG,
    "1,1" * (LONG // 3),
    "n't" * (LONG // 3),
    "\u0301" * LONG,
    "ﷺ" * LONG,
    "word " * (LONG // 5),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:6]))
def test_is_judged_in_bounded_time(text):
    began = time.process_time()

    one, other = read_prompt(text), read_prompt(text[::-1] + " Anna")
    for differ in GUARDS.values():
        differ(one, other)
        differ(other, one)

    assert time.process_time() - began < SECONDS_MAX


@pytest.mark.parametrize("text", HOSTILE[:3])
def test_an_empty_prompt_answers_no_question(text, embedder):
    assert verdict(text, "What is the capital of Chile?", embedder).score < 0.5


def test_more_text_than_is_read_is_blocked(embedder):
    text = "word " * CHARACTERS_MAX

    assert verdict(text, text, embedder).guard == "long_prompts"


@pytest.mark.parametrize("cosine", [math.nan, math.inf, -math.inf, 7.0, -3.0])
def test_a_cosine_that_is_none_serves_nothing(cosine, embedder):
    prompt = read_prompt("What is the capital of Chile?")

    assert judge(prompt, prompt, cosine, embedder).score < 0.01


def test_look_alike_letters_do_not_hide_a_value(embedder):
    assert verdict("Wire it to account 12", "Wire it to account １３", embedder).is_blocked
    assert verdict("brand: null", "ｂrand: Nike", embedder).is_blocked


def test_an_explanation_is_bounded():
    one, other = read_prompt("x" * 9000 + " B12"), read_prompt(" ".join(f"C{n}" for n in range(99)))

    found = judge(one, other, 0.9, None)

    assert found.is_blocked
    assert len(found.explain()) < 1200
