"""What a bill calls a model, and what the books do: the same name for both, or none.

Names are compared, never guessed: two that say the same words and the same numbers are one model.
Dates of snapshots, regions, versions of a vendor's catalogue and what is said of the sale are left
out, so `Claude Sonnet 4.5`, `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `Claude4.5Sonnet` and
`claude-sonnet-4-5` are the same, and `gpt-4o-2024-08-06` is `gpt-4o`.
"""

import re
from functools import lru_cache

REMEMBERED_MAX = 10_000
NAME_LENGTH_MAX = 2048

VENDOR = re.compile(r"^(?:(?:us|eu|apac|jp|au|global)\.)?[a-z0-9]+\.(?=[a-z])")
DATE = re.compile(r"[-@ ](?:20\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01]))(?=$|[^0-9])")
VERSION = re.compile(r"(?:-v\d+(?::\d+)?|:\d+|[-@ ]latest|@default)$")
SOLD_AS = re.compile(r"\([^)]*\)")
PIECE = re.compile(r"[a-z]+|[0-9]+")


@lru_cache(REMEMBERED_MAX)
def same_name(name: str) -> str:
    """A name that every spelling of a model shares; empty for what names none."""
    text = SOLD_AS.sub("", name[:NAME_LENGTH_MAX].strip().lower()).strip().rpartition("/")[2]
    text = VENDOR.sub("", text)
    text = DATE.sub("", VERSION.sub("", DATE.sub("", text)))
    pieces = PIECE.findall(text)
    words = sorted(piece for piece in pieces if not piece.isdigit())
    numbers = [piece for piece in pieces if piece.isdigit()]
    while numbers and numbers[-1] == "0":  # 2.0 is 2
        numbers.pop()
    return "-".join([*words, *numbers])
