"""What the data plane keeps sealed of answers that may be given again."""

from controlplane.caching.models import CacheEntry
from controlplane.sealing import Sealed, bytes_bound_to
from dataplane.caching.asked import question_place

QUESTION = "question_sealed"


def _answer_place(row: CacheEntry) -> str:
    return bytes(row.fingerprint).hex()


def _question_place(row: CacheEntry) -> str:
    return question_place(bytes(row.fingerprint))


SEALED = (
    Sealed(CacheEntry, "sealed", bytes_bound_to("sealed", _answer_place)),
    Sealed(CacheEntry, QUESTION, bytes_bound_to(QUESTION, _question_place)),
)
