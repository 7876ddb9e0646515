"""The models it claims to have: GET /v1/models."""

from controlplane.simulator.replies import Json, Refused, Whole
from controlplane.simulator.wording import NOTICE

CHAT = "echo"
EMBEDDING = "embed"
CREATED = 1_767_225_600


def answer(_: Json) -> Whole:
    rows = [
        {"id": name, "object": "model", "created": CREATED, "owned_by": "purser-simulator"}
        for name in (CHAT, EMBEDDING)
    ]
    return Whole({"object": "list", "data": rows, "notice": NOTICE})


def check(name: str, expected: str) -> None:
    if name not in (CHAT, EMBEDDING):
        raise Refused(
            f"there is no model '{name}'.", param="model", status=404, code="model_not_found"
        )
    if name != expected:
        raise Refused(f"the model '{name}' does not serve this endpoint.", param="model")
