"""Order numbers, SKUs, versions, addresses: anything of letters and digits, or with dots and @."""

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    return between(asked.identifiers, stored.identifiers)
