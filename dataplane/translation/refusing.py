"""What a client is told when a provider of another dialect cannot be asked, or refuses."""

from typing import Protocol

from dataplane.envelopes import error_body
from dataplane.errors import Unsupported
from dataplane.providers.base import CredentialUnusable, Untranslatable, UpstreamError
from dataplane.providers.redaction import redact
from dataplane.request import GatewayRequest
from dataplane.snapshot.model import Deployment

NO_MESSAGE = "The provider refused the request."


class Naming(Protocol):
    """A client's dialect, as far as it has names for what others call differently."""

    def param(self, name: str) -> str: ...


def unsupported(dialect: Naming, error: Untranslatable, deployment: Deployment) -> Unsupported:
    """Names the client's own field."""
    param = dialect.param(error.field)
    why = error.why or "it has nothing like it"
    return Unsupported(
        error.code,
        f"'{param}' cannot be passed on to '{deployment.id}': {why}.",
        param=param,
    )


def refusal(error: UpstreamError, call: GatewayRequest, secrets: tuple[str, ...]) -> bytes:
    """A provider's 4xx in the client's dialect, without our secrets in it.

    Raises `CredentialUnusable` where the request is not at fault.
    """
    if error.is_about_credential:
        raise CredentialUnusable(f"the provider refuses it ({error.type})")
    facts = {
        "message": redact(error.message or NO_MESSAGE, secrets),
        "type": "invalid_request_error",
        "code": "upstream_refused",
        "param": None,
        "request_id": call.id,
        "upstream_type": redact(error.type, secrets) if error.type else None,
    }
    return error_body(call.endpoint, facts)
