"""Each guard by itself: what it blocks, and what it lets pass."""

import pytest

from dataplane.caching.judgement.guards import GUARDS
from dataplane.caching.judgement.prompt import read_prompt

BLOCKED = [
    ("numbers", "take 2 a day", "take 3 a day"),
    ("numbers", "a table for two", "a table for three"),
    ("numbers", "sum of 1,000 and 1", "sum of 1.000,5 and 1"),
    ("identifiers", "order A-1234", "order A-1243"),
    ("numbers", "version 3.11.4", "version 3.11.5"),
    ("dates", "open today?", "open tomorrow?"),
    ("dates", "sales of last year", "sales of next year"),
    ("dates", "at 9 am", "at 9 pm"),
    ("dates", "offen am Montag?", "offen am Dienstag?"),
    ("units", "in miles", "in kilometres"),
    ("units", "it costs $5", "it costs €5"),
    ("units", "30 °C", "30 °F"),
    ("quotes", 'what means "a lot"', 'what means "a bit"'),
    ("code", "explain `x = 1`", "explain `x = 2`"),
    ("code", "what is len(a)", "what is max(a)"),
    ("fields", "brand: null", "brand: Nike"),
    ("fields", '{"a": 1}', '{"a": null}'),
    ("fields", '{"a": 1}', '{"a": 1, "b": 2}'),
    ("fields", "mode=on", "mode=off"),
    ("negation", "which are allowed", "which are not allowed"),
    ("negation", "coffee with milk", "coffee without milk"),
    ("negation", "it is safe", "it isn't safe"),
    ("opposites", "enable it", "disable it"),
    ("opposites", "is it legal", "is it illegal"),
    ("opposites", "the happy ones", "the unhappy ones"),
    ("opposites", "kaufen oder mieten", "verkaufen oder mieten"),
    ("comparators", "over 50", "under 50"),
    ("comparators", "at least ten", "at most ten"),
    ("comparators", "due before noon", "due after noon"),
    ("siblings", "the blue one", "the red one"),
    ("siblings", "fly to new york", "fly to boston"),
    ("asked_for", "when was he born", "where was he born"),
    ("asked_for", "how many moons", "which moons"),
    ("asked_for", "causes of gout", "symptoms of gout"),
    ("superlatives", "the cheapest plan", "the fastest plan"),
    ("superlatives", "a good plan", "the best plan"),
    ("languages", "say it in French", "say it in Italian"),
    ("languages", "a loop in C", "a loop in Go"),
    ("names", "who is Anna Berg", "who is Carla Berg"),
    ("names", "how do I use an iPad", "how do I use an iMac"),
    ("names", "is course AT 502 on", "is course BE 502 on"),
    ("order", "from Rome to Pisa", "from Pisa to Rome"),
    ("order", "dog bites man", "man bites dog"),
    ("order", "who beat Ali", "who did Ali beat"),
    ("order", "was Ben paid by Ann", "was Ann paid by Ben"),
    ("unspaced", "上海的天气", "北京的天气"),
    ("conditions", "renew it", "renew it if expired"),
    ("conditions", "the dose of aspirin", "the dose of aspirin for infants"),
    ("long_prompts", "please " * 70 + "sing", "please " * 70 + "dance"),
]
PASSED = [
    ("numbers", "1,000 people", "1000 people"),
    ("numbers", "for three", "for 3"),
    ("numbers", "at 5:00", "at 5"),
    ("numbers", "which one is it", "which is it"),
    ("dates", "am Montag", "Am Montag"),
    ("units", "5 kg", "5 kilograms"),
    ("units", "what days", "what days of the week"),
    ("quotes", 'what is "lean"', "what is lean"),
    ("fields", '{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
    ("fields", '{"a": null}', "{'a': None}"),
    ("fields", "see https://x.org", "please see https://x.org"),
    ("negation", "don't", "do n't"),
    ("opposites", "open it", "please open it"),
    ("comparators", "over there", "there"),
    ("siblings", "math", "mathematics"),
    ("asked_for", "who teaches it", "which person teaches it"),
    ("superlatives", "the biggest", "the largest"),
    ("superlatives", "of interest", "interests"),
    ("names", "Paris is nice", "is paris nice"),
    ("order", "UDP and TCP", "TCP and UDP"),
    ("order", "in May who sings", "who sings in May"),
    ("conditions", "I wonder if it works", "does it work"),
    ("long_prompts", "one two", "three four"),
]


@pytest.mark.parametrize(("guard", "stored", "asked"), BLOCKED)
def test_blocks_both_ways(guard, stored, asked):
    one, other = read_prompt(stored), read_prompt(asked)

    assert GUARDS[guard](one, other) is not None
    assert GUARDS[guard](other, one) is not None


@pytest.mark.parametrize(("guard", "stored", "asked"), PASSED)
def test_passes_both_ways(guard, stored, asked):
    one, other = read_prompt(stored), read_prompt(asked)

    assert GUARDS[guard](one, other) is None
    assert GUARDS[guard](other, one) is None


def test_every_guard_is_tried_here():
    assert {guard for guard, *_ in BLOCKED} == set(GUARDS)


def test_a_difference_names_the_words_of_each_side():
    found = GUARDS["dates"](read_prompt("open tomorrow?"), read_prompt("open today?"))

    assert (found.asked, found.stored) == (("tomorrow",), ("today",))


@pytest.mark.parametrize("guard", GUARDS)
def test_the_same_text_passes(guard):
    prompt = read_prompt(
        'Is the "X-1" not over 5 kg, say `f(x)`, if brand: null, and who beat the best in Rome?'
    )

    assert GUARDS[guard](prompt, prompt) is None
