"""Bounds: `over 50` is not `under 50`, `at least` not `at most`, `before` not `after`."""

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt

_PHRASES = """
    > : more than, greater than, larger than, bigger than, higher than, longer than, older than
    > : later than, in excess of, mehr als, größer als, plus de, más de, mais de, più di
    < : less than, fewer than, smaller than, lower than, shorter than, younger than, cheaper than
    < : earlier than, weniger als, kleiner als, moins de, menos de, meno di
    >= : at least, no less than, not less than, no fewer than, or more, or above, and above
    >= : or older, or higher, minimum of, mindestens, au moins, al menos, pelo menos, almeno
    <= : at most, no more than, not more than, up to, or less, or fewer, or below, or under
    <= : or younger, or lower, maximum of, höchstens, maximal, au plus, como máximo, al massimo
    = : equal to, same as
    before : before, prior to, vor, avant, antes, prima
    after : after, nach, après, después, depois, dopo
    since : since, seit, depuis, desde
    until : until, till, bis, jusqu, hasta, até
"""
_BY_NUMBER = {
    ">": "over above exceeding beyond past über plus",
    "<": "under below unter sous bajo sotto abaixo",
}
_SIGNS = {">=": ">=", "<=": "<=", "≥": ">=", "≤": "<=", ">": ">", "<": "<"}
_WITHIN_WORDS = 3

_SEQUENCES = {
    tuple(phrase.split()): line.partition(" : ")[0].strip()
    for line in _PHRASES.splitlines()
    for phrase in line.partition(" : ")[2].split(", ")
    if phrase
}
_PREPOSITIONS = {word: meaning for meaning, words in _BY_NUMBER.items() for word in words.split()}
_LONGEST = max(map(len, _SEQUENCES))


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    return between(_bounds(asked), _bounds(stored))


def _bounds(prompt: Prompt) -> set[str]:
    texts = prompt.texts
    found: set[str] = set()
    place = 0
    while place < len(texts):
        length, meaning = _phrase(texts, place)
        if meaning:
            found.add(meaning)
        elif texts[place] in _PREPOSITIONS and _has_number(texts, place):
            found.add(_PREPOSITIONS[texts[place]])
        place += length
    for sign, meaning in _SIGNS.items():
        if f"{sign} " in prompt.text:
            found.add(meaning)
    return found


def _phrase(texts: tuple[str, ...], place: int) -> tuple[int, str]:
    """The longest that begins there."""
    for length in range(_LONGEST, 0, -1):
        if meaning := _SEQUENCES.get(texts[place : place + length]):
            return length, meaning
    return 1, ""


def _has_number(texts: tuple[str, ...], place: int) -> bool:
    following = texts[place + 1 : place + 1 + _WITHIN_WORDS]
    return any(text[0].isdigit() for text in following)
