"""Numbers, in digits or in words: `room 12` is not `room 21`, `three` is `3`."""

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    return between(asked.numbers, stored.numbers)
