"""GET /v1/models, in Anthropic's form."""

from datetime import UTC, datetime

from controlplane.simulator.models import CREATED, NAMES
from controlplane.simulator.replies import Request, Whole
from controlplane.simulator.wording import NOTICE


def answer(_: Request) -> Whole:
    created = datetime.fromtimestamp(CREATED, UTC).isoformat()
    rows = [
        {"type": "model", "id": name, "display_name": f"Simulator: {name}", "created_at": created}
        for name in NAMES
    ]
    ends = {"has_more": False, "first_id": NAMES[0], "last_id": NAMES[-1]}
    return Whole({"data": rows, **ends, "notice": NOTICE})
