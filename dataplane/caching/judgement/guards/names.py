"""Names of people, places, products: what is capitalised inside a sentence must be in both."""

from dataplane.caching.judgement.difference import Difference, shown
from dataplane.caching.judgement.prompt import Prompt, Word
from dataplane.caching.judgement.stems import stem
from dataplane.caching.judgement.wordlists import FILLERS, listed

_TITLES = listed(
    "mr mrs ms miss dr prof professor sir madam herr frau monsieur madame señor señora i"
)
_ACRONYM_MIN = 2
_HEADLINE_MIN = 5


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    only_asked, only_stored = _names(asked, stored), _names(stored, asked)
    if not only_asked and not only_stored:
        return None
    return Difference(shown(only_asked), shown(only_stored))


def _names(prompt: Prompt, other: Prompt) -> set[str]:
    """Names in the one that the other has not even in lower case."""
    is_title_case = _is_title_case(prompt)
    return {
        word.raw
        for word in prompt.words
        if _is_name(word.raw, begins=word.begins or is_title_case)
        and not _is_in(word, other)
        and word.text not in _TITLES
    }


def _is_name(raw: str, *, begins: bool) -> bool:
    """Of a word that begins a sentence nothing can be told, but for acronyms and `iPhone`."""
    if any(character.isupper() for character in raw[1:]):
        return len(raw) >= _ACRONYM_MIN
    return raw[0].isupper() and not begins


def _is_in(word: Word, other: Prompt) -> bool:
    """Small words never count, unless they are letters of a code, as in `AT 502`."""
    if word.text in FILLERS:
        is_code = len(word.raw) > 1 and word.raw.isupper()
        return not is_code or any(word.raw == each.raw for each in other.words)
    return word.text in other.vocabulary or stem(word.text) in other.stems


def _is_title_case(prompt: Prompt) -> bool:
    """A headline, where capitals mean nothing."""
    inner = [word for word in prompt.words if word.raw[0].isalpha() and word.text not in FILLERS]
    return len(inner) >= _HEADLINE_MIN and all(word.is_capitalised for word in inner)
