"""Every way a request can end without an answer, and how that looks to the client.

GatewayError                     status  type                    code
├── InvalidRequest               400     invalid_request_error   invalid_json, missing_field, …
│   ├── Unsupported              400                             endpoint_not_supported, …
│   └── RequestTooLarge          413                             request_too_large
├── NotAuthenticated             401     authentication_error    key_missing, key_invalid, …
├── NotPermitted                 403     permission_error        model_not_allowed, …
├── NotFound                     404     not_found_error         model_not_found, …
├── RateLimited                  429     rate_limit_error        requests_per_minute, …
├── BudgetRefused                429     budget_exceeded         budget_exceeded
├── UpstreamFailed               502     upstream_error          upstream_failed
│   └── UpstreamTimeout          504                             upstream_timeout
├── UpstreamRefused              4xx     as the provider answered: the request is at fault
└── Unavailable                  503     gateway_error           ledger_unavailable, overloaded, …

Messages are written for the developer of the calling service. None carries a credential, an
address of an upstream, or the text of an exception.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class GatewayError(Exception):
    """A request that ends with an error of the contract."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "gateway_error"

    def __init__(
        self,
        code: str,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.headers = dict(headers or {})
        self.facts = dict(facts or {})

    @classmethod
    def internal(cls) -> "GatewayError":
        """A mistake of ours. What it was, the log says."""
        return cls("internal_error", "The gateway failed to answer this request.")

    @property
    def answered_status(self) -> int:
        return self.status

    def describe(self, request_id: str) -> dict[str, Any]:
        """What every envelope says of it (`dataplane.envelopes`)."""
        return {
            "message": self.message,
            "type": self.type,
            "code": self.code,
            "param": self.param,
            "request_id": request_id,
            **self.facts,
        }


class InvalidRequest(GatewayError):
    """The request itself is wrong; sending it again will not help."""

    status = 400
    type = "invalid_request_error"


class Unsupported(InvalidRequest):
    """One provider cannot be asked for this; another might."""


class RequestTooLarge(InvalidRequest):
    """The body is over the limit."""

    status = 413


class NotAuthenticated(GatewayError):
    """No virtual key, or one that does not work."""

    status = 401
    type = "authentication_error"


class NotPermitted(GatewayError):
    """The key is good, and may not do this."""

    status = 403
    type = "permission_error"


class NotFound(GatewayError):
    """No such model or path."""

    status = 404
    type = "not_found_error"


class MethodNotAllowed(InvalidRequest):
    """The path exists, for another method."""

    status = 405


class RateLimited(GatewayError):
    """A limit per minute or of parallel requests; `retry-after` says when to come back."""

    status = 429
    type = "rate_limit_error"

    def __init__(
        self, code: str, message: str, *, retry_after_seconds: float, **facts: Any
    ) -> None:
        seconds = max(1, -(-int(retry_after_seconds * 1000) // 1000))
        super().__init__(code, message, headers={"retry-after": str(seconds)}, facts=facts)


class BudgetRefused(GatewayError):
    """A hard budget has no room. Not to be retried: `x-should-retry: false`, no `retry-after`."""

    type = "budget_exceeded"

    def __init__(self, message: str, *, status: int, budget: Mapping[str, Any]) -> None:
        super().__init__(
            "budget_exceeded",
            message,
            headers={"x-should-retry": "false"},
            facts={"budget": budget},
        )
        self._status = status

    @property
    def answered_status(self) -> int:
        return self._status


class UpstreamFailed(GatewayError):
    """Every allowed attempt failed."""

    status = 502
    type = "upstream_error"

    def __init__(self, code: str = "upstream_failed", message: str = "", **facts: Any) -> None:
        super().__init__(
            code, message or "The provider failed to answer. Try again later.", facts=facts
        )


class UpstreamTimeout(UpstreamFailed):
    """Every allowed attempt failed, the last one by taking too long."""

    status = 504

    def __init__(self, message: str = "The provider took too long to answer.") -> None:
        super().__init__("upstream_timeout", message)


class UpstreamRefused(GatewayError):
    """The provider says that the request is at fault; its own words, in its own status."""

    type = "invalid_request_error"

    def __init__(
        self, status: int, body: bytes, *, code: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code, "The provider refused the request.", headers=headers)
        self._status = status
        self.body = body
        """In the client's dialect already."""

    @property
    def answered_status(self) -> int:
        return self._status


class Unavailable(GatewayError):
    """The gateway cannot serve this right now, through no fault of the request."""

    status = 503
    type = "gateway_error"

    @classmethod
    def ledger(cls) -> "Unavailable":
        return cls(
            "ledger_unavailable",
            "The ledger cannot be reached, so no money can be reserved. Try again shortly.",
            headers={"retry-after": "1"},
        )

    @classmethod
    def overloaded(cls) -> "Unavailable":
        return cls(
            "overloaded",
            "This process has as many requests in flight as it takes.",
            headers={"retry-after": "1"},
        )

    @classmethod
    def shutting_down(cls) -> "Unavailable":
        return cls("shutting_down", "This process is shutting down.", headers={"retry-after": "1"})
