"""What stands in quotation marks is meant to the letter; the other may say it without them."""

import re

from dataplane.caching.judgement.difference import Difference, shown
from dataplane.caching.judgement.prompt import Prompt

_QUOTED = re.compile(r'"([^"\n]{1,400})"|“([^”\n]{1,400})”|„([^“”\n]{1,400})[“”]|«([^»\n]{1,400})»')
_SINGLE = re.compile(r"(?:^|[\s(])'([^'\n]{1,400})'(?=[\s).,;:?!]|$)")


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    only_asked = _missing(asked, stored)
    only_stored = _missing(stored, asked)
    if not only_asked and not only_stored:
        return None
    return Difference(shown(only_asked), shown(only_stored))


def _missing(prompt: Prompt, other: Prompt) -> set[str]:
    text = other.text.casefold()
    return {quoted for quoted in _quoted(prompt.text) if quoted.casefold() not in text}


def _quoted(text: str) -> set[str]:
    found = {next(filter(None, groups)).strip() for groups in _QUOTED.findall(text)}
    return (found | {quoted.strip() for quoted in _SINGLE.findall(text)}) - {""}
