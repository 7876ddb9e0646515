"""Long prompts: where there is much text, one word more or less changes the task, not the style."""

from collections import Counter

from dataplane.caching.judgement.difference import Difference, shown
from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.stems import stem
from dataplane.caching.judgement.wordlists import FILLERS

WORDS_MAX = 60
"""Above this, content words must be the same, as often as they stand there."""


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    if asked.is_cut or stored.is_cut:
        return Difference(("more than can be judged",), ())
    if max(len(asked.words), len(stored.words)) <= WORDS_MAX:
        return None
    of_asked, of_stored = _counted(asked), _counted(stored)
    if of_asked == of_stored:
        return None
    return Difference(shown(of_asked - of_stored), shown(of_stored - of_asked))


def _counted(prompt: Prompt) -> Counter[str]:
    return Counter(stem(text) for text in prompt.texts if text not in FILLERS)
