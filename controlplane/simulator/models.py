"""The models it claims to have: one that echoes, one that embeds, and some that fail.

A name that holds the word is enough, so that `us.anthropic.claude-echo-v1:0` is one that echoes.
"""

from controlplane.simulator.faults.fault import from_name
from controlplane.simulator.replies import Refused

CHAT = "echo"
EMBEDDING = "embed"
NAMES = (CHAT, EMBEDDING)
CREATED = 1_767_225_600


def check(name: str, expected: str) -> None:
    if expected in name or from_name(name) is not None:
        return
    if any(known in name for known in NAMES):
        raise Refused(f"the model '{name}' does not serve this endpoint.", param="model")
    raise Refused(f"there is no model '{name}'.", param="model", status=404, code="model_not_found")
