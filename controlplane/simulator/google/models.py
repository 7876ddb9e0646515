"""GET /v1beta/models, in Google's form."""

from controlplane.simulator.models import CHAT, NAMES
from controlplane.simulator.replies import Request, Whole
from controlplane.simulator.wording import NOTICE


def answer(_: Request) -> Whole:
    rows = [
        {
            "name": f"models/{name}",
            "displayName": f"Simulator: {name}",
            "supportedGenerationMethods": [
                "generateContent" if name == CHAT else "batchEmbedContents"
            ],
        }
        for name in NAMES
    ]
    return Whole({"models": rows, "notice": NOTICE})
