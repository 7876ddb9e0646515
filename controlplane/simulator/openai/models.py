"""GET /v1/models."""

from controlplane.simulator.models import CREATED, NAMES
from controlplane.simulator.replies import Request, Whole
from controlplane.simulator.wording import NOTICE


def answer(_: Request) -> Whole:
    rows = [
        {"id": name, "object": "model", "created": CREATED, "owned_by": "purser-simulator"}
        for name in NAMES
    ]
    return Whole({"object": "list", "data": rows, "notice": NOTICE})
