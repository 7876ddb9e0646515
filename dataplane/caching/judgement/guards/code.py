"""Code, in backticks or fences, and what a program prints: identical, or not the same question."""

import re

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt

_FENCED = re.compile(r"```[^\n`]*\n([^`]*)```")
_SPAN = re.compile(r"`([^`\n]{1,400})`")
_SIGNS = re.compile(r"(?:[A-Za-z_]\w{0,60}\(|==|!=|=>|->|<=|>=|&&|\|\||\$\{|</|/>|::|--\w)")


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    return between(_code(asked.text), _code(stored.text))


def _code(text: str) -> set[str]:
    found = {" ".join(block.split()) for block in _FENCED.findall(text)}
    found |= {span.strip() for span in _SPAN.findall(_FENCED.sub(" ", text))}
    return found | set(_SIGNS.findall(text))
