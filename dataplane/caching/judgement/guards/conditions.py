"""Conditions and limits that one of the prompts adds: `if`, `only`, `during`, `for children`."""

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.stems import stem
from dataplane.caching.judgement.wordlists import FILLERS, listed

_MARKERS = listed(
    """
    only if unless although despite instead considering assuming given provided while whenever
    wenn falls nur obwohl trotz si solo seulement lorsque aunque sólo se apenas quando
    """
)
_INTRODUCING = listed(
    "for as with using during considering including für mit als pour avec para con com per"
)
_IDIOMS = listed("reason reasons order example instance time times regard respect purpose sake now")
_ASKING_IF = listed("wonder wondering know tell check see sure ask asked weiß sagen savoir saber")


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    return between(_conditions(asked, stored), _conditions(stored, asked))


def _conditions(prompt: Prompt, other: Prompt) -> set[str]:
    """Markers, and what a preposition introduces that the other says nothing like."""
    found: set[str] = set()
    texts = prompt.texts
    says_more = len(prompt.content) > len(other.content)
    for place, text in enumerate(texts):
        if text in _MARKERS and not (place and texts[place - 1] in _ASKING_IF):
            found.add(text)
        elif says_more and text in _INTRODUCING:
            what = _introduced(texts, place)
            if what and stem(what) not in other.stems:
                found.add(f"{text} {what}")
    return found


def _introduced(texts: tuple[str, ...], place: int) -> str:
    """The first word of weight behind a preposition."""
    what = next((text for text in texts[place + 1 : place + 4] if text not in FILLERS), "")
    return "" if what in _IDIOMS else what
