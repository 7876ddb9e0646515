"""Bedrock's words for what goes wrong: the type is in a header alone."""

from controlplane.simulator.bedrock import frames
from controlplane.simulator.replies import Refused, Whole

TYPES = {
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}
WHERE = ":http://internal.amazon.com/coral/com.amazon.bedrock/"


def refuse(refused: Refused) -> Whole:
    usual = "InternalServerException" if refused.status >= 500 else "ValidationException"
    kind = {"x-amzn-errortype": f"{TYPES.get(refused.status, usual)}{WHERE}"}
    return Whole({"message": refused.message}, refused.status, {**kind, **refused.headers})


MIDWAY = frames.exception(
    "modelStreamErrorException", "Purser's simulator: it fails midway, as scripted."
)
