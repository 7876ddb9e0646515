"""Fields, as in `brand: null` or `"brand": "Nike"`: every name with its value. Null is a value of
its own, and so is a field that is not there."""

import re

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.wordlists import FILLERS

_FIELD = re.compile(
    r"""(["']?)([^\W\d][\w.\-]{0,60})(?:["'][ \t]{0,3}:|:|[ \t]?=(?!=))[ \t]{0,3}"""
    r"""("[^"\n]{0,400}"|'[^'\n]{0,400}'|[^\s,;{}\[\]][^\n,;{}\[\]]{0,400}|[{\[]|(?=\n)|$)"""
)
_WEB = frozenset({"http", "https", "mailto", "ftp"})
_EMPTY = frozenset({"", "null", "none", "nil", "n/a", "undefined", "-"})


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    return between(_fields(asked.text), _fields(stored.text))


def _fields(text: str) -> set[str]:
    return {
        f"{name.casefold()}={_value(value)}"
        for quote, name, value in _FIELD.findall(text)
        if quote or (name.casefold() not in _WEB and name.casefold() not in FILLERS)
    }


def _value(raw: str) -> str:
    value = " ".join(raw.strip().strip("\"'").rstrip(".?!").split()).casefold()
    return "null" if value in _EMPTY else value
