"""What outcomes and error codes are called."""

from collections.abc import Mapping
from dataclasses import dataclass

from controlplane.usage.models import UsageRecord
from controlplane.usage.outcomes import Outcome, outcome_of

TONES: Mapping[Outcome, str] = {
    Outcome.ANSWERED: "ok",
    Outcome.CACHED: "accent",
    Outcome.RESCUED: "warn",
    Outcome.REFUSED: "bad",
    Outcome.FAILED: "bad",
}
REASONS = {
    "budget_exceeded": "no budget left",
    "requests_per_minute": "too many requests a minute",
    "tokens_per_minute": "too many tokens a minute",
    "max_parallel_requests": "too many requests at once",
    "model_not_allowed": "model not allowed for the key",
    "provider_not_allowed": "provider not allowed for the key",
    "model_not_found": "no such model",
    "model_unpriced": "the model has no price",
    "key_missing": "no key given",
    "key_invalid": "no such key",
    "key_revoked": "the key is revoked",
    "key_expired": "the key has expired",
    "invalid_request": "not valid",
    "invalid_field": "not valid",
    "missing_field": "not valid: a field is missing",
    "invalid_json": "not valid JSON",
    "client_disconnected": "the client left",
    "upstream_failed": "no provider answered",
    "upstream_timeout": "timed out",
    "upstream_rate_limited": "rate limit of the provider",
    "upstream_refused": "refused by the provider",
    "rate_limited": "rate limit of the provider",
    "timeout": "timed out",
    "connect_timeout": "out of reach",
    "connect_failed": "out of reach",
    "connection_lost": "connection lost",
    "http_401": "our credential was refused",
    "http_403": "our credential was refused",
    "http_529": "overloaded",
}


@dataclass(frozen=True)
class Ending:
    """A request's outcome: a word, its colour, and why where it was not answered."""

    outcome: Outcome
    reason: str

    @property
    def title(self) -> str:
        return self.outcome.value.capitalize()

    @property
    def tone(self) -> str:
        return TONES[self.outcome]


def ending_of(record: UsageRecord) -> Ending:
    return Ending(outcome_of(record), reason_for(record.error_code))


def reason_for(error_code: str | None) -> str:
    """A code that has no words here is read out as it is."""
    if error_code is None:
        return ""
    return REASONS.get(error_code, error_code.removeprefix("upstream_").replace("_", " "))


def marks_of(record: UsageRecord) -> list[str]:
    """What else is worth a word in a list."""
    said = {
        "streamed": record.streamed,
        f"{record.cache} hit": record.cache in ("exact", "semantic"),
        "estimated": record.usage_source == "estimated",
    }
    return [word for word, holds in said.items() if holds]


def asked_otherwise(record: UsageRecord) -> str | None:
    """What was asked for, where another model answered than its name says."""
    asked, model = record.model_requested, record.model
    if not asked or not model or asked == model or model == f"{record.provider}/{asked}":
        return None
    return asked
