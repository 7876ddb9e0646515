"""One thing that goes wrong, and the names it can be asked for by."""

import re
from dataclasses import dataclass

REFUSE = "refuse"
RESET = "reset"
RESET_MID_HEADER = "reset_mid_header"
STALL = "stall"
STALL_MID_STREAM = "stall_mid_stream"
GARBAGE = "garbage"
TRUNCATE = "truncate"
ERROR_MID_STREAM = "error_mid_stream"
STATUS = "status"
KINDS = (
    REFUSE,
    RESET,
    RESET_MID_HEADER,
    STALL,
    STALL_MID_STREAM,
    GARBAGE,
    TRUNCATE,
    ERROR_MID_STREAM,
    STATUS,
)
# Longer than anyone waits.
STALL_SECONDS = 600.0
STATUS_DEFAULT = 503

_STATUS = re.compile(r"fail-([45][0-9]{2})")
_STALL = re.compile(r"(stall|stall-mid-stream)-([0-9]{1,5})")


@dataclass(frozen=True)
class Fault:
    """A kind of failure. `seconds` are a stall's, `status` and `retry_after` an error's."""

    kind: str
    status: int = STATUS_DEFAULT
    retry_after: float | None = None
    seconds: float = STALL_SECONDS


def from_name(name: str) -> Fault | None:
    """The fault that a model's name or a header asks for: `fail-529`, `stall-5`, `garbage`."""
    if match := _STATUS.fullmatch(name):
        return Fault(STATUS, status=int(match[1]))
    if match := _STALL.fullmatch(name):
        return Fault(match[1].replace("-", "_"), seconds=float(match[2]))
    kind = name.replace("-", "_")
    return Fault(kind) if kind in KINDS and kind != STATUS else None
