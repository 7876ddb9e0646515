"""What is found out, in the form in which it is told."""

from enum import StrEnum

import msgspec

MESSAGE_LENGTH_MAX = 500


class Part(StrEnum):
    """What is looked at."""

    CREDENTIALS = "credentials"
    """The provider takes the credential."""
    MODELS = "models"
    """It lists its models."""
    CALL = "call"
    """It answers a call."""


class Check(msgspec.Struct, kw_only=True):
    """One of them with one credential. `ok` is null for what was not asked, or not told."""

    name: Part
    credential_index: int
    ok: bool | None
    ms: float | None = None
    error_code: str | None = None
    message: str
    """For people."""


class Report(msgspec.Struct, kw_only=True):
    """All of them: `ok` if nothing failed and something worked."""

    ok: bool
    checks: list[Check]
    models: list[str]
    model: str | None
    """The one that was called."""
    latency_ms: float | None
    """The quickest call's, or else the quickest list's."""
    is_booked: bool = False


def summed_up(checks: list[Check], models: list[str], model: str | None) -> Report:
    verdicts = [check.ok for check in checks]
    return Report(
        ok=False not in verdicts and True in verdicts,
        checks=checks,
        models=models,
        model=model,
        latency_ms=_latency(checks, Part.CALL) or _latency(checks, Part.MODELS),
    )


def _latency(checks: list[Check], name: Part) -> float | None:
    return min((c.ms for c in checks if c.name is name and c.ok and c.ms is not None), default=None)
