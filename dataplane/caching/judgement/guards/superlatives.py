"""Extremes: the `best` is not the `second best`, and `a cheap one` is not the `cheapest`."""

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.wordlists import listed

_SAME = """
    easy easiest simplest least_hard least_difficult
    hard hardest toughest most_difficult least_easy
    big biggest largest greatest most_populous
    small smallest tiniest littlest
    cheap cheapest least_expensive lowest_price lowest_cost lowest_fare most_affordable
    dear dearest priciest most_expensive costliest
    fast fastest quickest
    slow slowest
    new newest latest most_recent
    old oldest earliest
    good best finest highest_rated highest_rating top_rated
    bad worst
    high highest tallest
    low lowest
    near nearest closest
    most most_common most_frequent most_often
"""
_MEANING = {
    name.replace("_", " "): line.split()[0]
    for line in _SAME.splitlines()
    for name in line.split()[1:]
}
_NONE = listed(
    """
    interest request test contest west rest guest forest nest quest protest invest suggest honest
    harvest arrest chest digest manifest modest latest_ crest vest pest zest jest conquest inquest
    budapest bucharest east least most behest everest midwest northwest southwest southeast
    northeast ernest infest attest detest ingest bequest tempest
    """
)
_DEGREES = ("most", "least")


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    return between(_extremes(asked), _extremes(stored))


def _extremes(prompt: Prompt) -> set[str]:
    found: set[str] = set()
    texts = prompt.texts
    for place, text in enumerate(texts):
        phrase = " ".join(texts[place : place + 2])
        if phrase in _MEANING:
            found.add(_MEANING[phrase])
        elif text in _DEGREES and not (place and texts[place - 1] == "at"):
            found.add(text)
        elif text in _MEANING:
            found.add(_MEANING[text])
        elif text.endswith("est") and len(text) > 4 and text not in _NONE:
            found.add(text)
    return found
