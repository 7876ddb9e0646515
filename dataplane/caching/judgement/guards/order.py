"""Who does what to whom, and from where to where: the same words in other roles."""

from itertools import islice, pairwise

from dataplane.caching.judgement.difference import Difference
from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.stems import stem
from dataplane.caching.judgement.wordlists import FILLERS, listed

# `A and B` is `B and A`; `or` is not so only where one is chosen, which no order tells.
_SYMMETRIC = listed("and or vs versus und oder et ou y o e with between nor plus und")
_ROLES = listed(
    "from to into onto than by over against before after von zu nach desde hasta als que"
)
_BE = frozenset({"be", "get", "wird", "wurde", "werden", "est", "fue"})
_PARTICIPLES = (
    "ed",
    "en",
    "wn",
    "ght",
    "ne",
    "ld",
    "pt",
    "id",
    "ten",
    "é",
    "ée",
    "t",
    "do",
    "ado",
    "ido",
)
_BY = frozenset({"by", "von", "par", "por"})
_WHO = frozenset({"who", "whom"})
_DO = frozenset({"do", "does", "did"})
_RELATIONS_MAX = 400

Relation = tuple[str, str, str]
"""The word of weight before, the word itself, the word of weight after: stems."""


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    of_asked, of_stored = _relations(asked), _relations(stored)
    for before, word, after in of_asked:
        if before != after and (after, word, before) in of_stored:
            return Difference((f"{before} {word} {after}",), (f"{after} {word} {before}",))
    if (by_object := _asks_for_object(asked)) != _asks_for_object(stored):
        one, other = ("who does", "who") if by_object else ("who", "who does")
        return Difference((one,), (other,))
    return _roles_differ(asked, stored) or _voice_differs(of_asked, of_stored, asked, stored)


def _relations(prompt: Prompt) -> dict[Relation, None]:
    """What stands between what, in order."""
    stems = [stem(text) for text in prompt.texts]
    heavy = [text not in FILLERS for text in prompt.texts]
    befores, last = [], ""
    for place, name in enumerate(stems):
        befores.append(last)
        last = name if heavy[place] else last
    found: dict[Relation, None] = {}
    following = ""
    for place in range(len(stems) - 1, -1, -1):
        if befores[place] and following and prompt.texts[place] not in _SYMMETRIC:
            found[befores[place], stems[place], following] = None
        following = stems[place] if heavy[place] else following
    return dict.fromkeys(islice(found, _RELATIONS_MAX))


def _asks_for_object(prompt: Prompt) -> bool:
    """`Who did Federer beat?`, not `Who beat Federer?`."""
    pairs = pairwise(prompt.texts)
    return any(who in _WHO and does in _DO for who, does in pairs)


def _roles_differ(asked: Prompt, stored: Prompt) -> Difference | None:
    """A word that comes after `from` in the one, and after `to` in the other."""
    of_asked, of_stored = _roles(asked), _roles(stored)
    for word in sorted(of_asked.keys() & of_stored.keys()):
        here, there = of_asked[word], of_stored[word]
        if here and there and here.isdisjoint(there):
            return Difference((f"{min(here)} {word}",), (f"{min(there)} {word}",))
    return None


def _roles(prompt: Prompt) -> dict[str, set[str]]:
    roles: dict[str, set[str]] = {}
    role = ""
    for text in prompt.texts:
        if text in _ROLES:
            role = text
        elif text not in FILLERS:
            if role:
                roles.setdefault(stem(text), set()).add(role)
            role = ""
    return roles


def _voice_differs(
    of_asked: dict[Relation, None], of_stored: dict[Relation, None], asked: Prompt, stored: Prompt
) -> Difference | None:
    """`Anna paid Ben` and `Anna was paid by Ben`: the same order, and the other way round."""
    by_asked, by_stored = _done_by(asked), _done_by(stored)
    for relation in of_asked.keys() & of_stored.keys():
        if (relation[1] in by_asked) != (relation[1] in by_stored):
            return Difference((" ".join(relation),), (" ".join(relation),))
    return None


def _done_by(prompt: Prompt) -> set[str]:
    """Verbs with the one who does it behind `by`, and the other before."""
    if _BE.isdisjoint(prompt.stems):
        return set()
    pairs = pairwise(prompt.texts)
    return {stem(word) for word, by in pairs if by in _BY and word.endswith(_PARTICIPLES)}
