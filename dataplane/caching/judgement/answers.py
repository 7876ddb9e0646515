"""Whether two answers say the same: what makes a stored answer right or wrong.

Strict where it can be told: a number, a name, a negation that only one of them has makes them
different. An answer in other words counts as wrong more often than it is, which costs hits and
never trust.
"""

from dataplane.caching.judgement.guards import GUARDS
from dataplane.caching.judgement.prompt import read_prompt

COSINE_MIN = 0.85
_TELLING = ("numbers", "identifiers", "units", "dates", "negation", "opposites", "fields", "code")
_NAMING = ("names", "siblings")


def same_answer(fresh: str, stored: str, cosine: float) -> bool:
    """The cosine is that of the two answers."""
    if " ".join(fresh.split()).casefold() == " ".join(stored.split()).casefold():
        return True
    one, other = read_prompt(fresh), read_prompt(stored)
    if one.is_cut or other.is_cut or cosine < COSINE_MIN:
        return False
    return all(GUARDS[name](one, other) is None for name in (*_TELLING, *_NAMING))
