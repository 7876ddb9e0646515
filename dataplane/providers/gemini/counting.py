"""What `countTokens` answers.

https://ai.google.dev/api/tokens#method:-models.counttokens
"""

import msgspec

from dataplane.providers.base import AnswerUnusable, Reply
from dataplane.providers.tolerance import Tolerant, Unreadable


class _Answer(msgspec.Struct):
    totalTokens: int = 0


_decode_answer = Tolerant(_Answer)


def read_count(reply: Reply) -> int:
    """Raises `AnswerUnusable`."""
    try:
        return _decode_answer(reply.body).totalTokens
    except Unreadable as error:
        raise AnswerUnusable from error
