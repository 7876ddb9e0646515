"""Scripts without spaces: where no words can be told, no character may stand for another."""

from collections import Counter

from dataplane.caching.judgement.difference import Difference, shown
from dataplane.caching.judgement.prompt import Prompt, is_unspaced


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    of_asked, of_stored = _characters(asked), _characters(stored)
    if of_asked == of_stored:
        return None
    only_asked = Counter(of_asked) - Counter(of_stored)
    only_stored = Counter(of_stored) - Counter(of_asked)
    if bool(only_asked) != bool(only_stored):  # one says more: the score looks at what
        return None
    if not only_asked:
        return Difference(("".join(of_asked)[:60],), ("".join(of_stored)[:60],))
    return Difference(shown(only_asked), shown(only_stored))


def _characters(prompt: Prompt) -> list[str]:
    return [text for text in prompt.texts if is_unspaced(text)]
