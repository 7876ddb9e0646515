"""Where a request's time went: the gateway, each attempt one after the other, the rest."""

from dataclasses import dataclass
from decimal import Decimal

from billing.money import rounded
from controlplane.dashboard.requests.words import reason_for
from controlplane.usage.models import UsageRecord

WAIT_MIN_MS = 1.0
PERCENT = Decimal(100)


@dataclass(frozen=True)
class Stretch:
    """One part of the time; `start` and `width` are per cent of the whole."""

    title: str
    ms: float
    start: Decimal
    width: Decimal
    kind: str
    said: str = ""
    status: int | None = None
    cost_usd: Decimal | None = None
    is_attempt: bool = False


@dataclass(frozen=True)
class Timeline:
    """The stretches of a request, and where its first token came."""

    stretches: tuple[Stretch, ...]
    first_token: Decimal | None


def timeline_of(record: UsageRecord) -> Timeline:
    """Attempts follow each other; what is neither theirs nor the gateway's was waited."""
    attempts_ms = sum(float(each.get("ms") or 0) for each in record.attempts)
    gateway_ms = record.gateway_ms
    whole = max(record.total_ms, gateway_ms + attempts_ms) or 1.0
    at = 0.0
    found = [_stretch("Gateway", gateway_ms, at, whole, "gateway", "checks, budgets, routing")]
    at += gateway_ms
    for place, each in enumerate(record.attempts):
        is_last = place == len(record.attempts) - 1
        found.append(_attempt(each, at, whole, is_answer=is_last and not each.get("error_code")))
        at += float(each.get("ms") or 0)
    if (waited := record.total_ms - at) >= WAIT_MIN_MS:
        found.append(_stretch("Neither", waited, at, whole, "waited", _why_waited(record)))
    first = record.ttft_ms
    place_of_first = None if first is None else _percent(min(first, whole), whole)
    return Timeline(tuple(found), place_of_first)


def _why_waited(record: UsageRecord) -> str:
    if len(record.attempts) > 1:
        return "waiting between attempts"
    return "sending the stream to the client" if record.streamed else "waiting"


def _attempt(each: dict, at: float, whole: float, *, is_answer: bool) -> Stretch:
    cost = each.get("cost_usd")
    return Stretch(
        title=str(each.get("model") or each.get("provider") or ""),
        ms=float(each.get("ms") or 0),
        start=_percent(at, whole),
        width=_percent(float(each.get("ms") or 0), whole),
        kind="answer" if is_answer else "missed",
        said=reason_for(each.get("error_code")) or "answered",
        status=each.get("status"),
        cost_usd=None if cost is None else Decimal(str(cost)),
        is_attempt=True,
    )


def _stretch(title: str, ms: float, at: float, whole: float, kind: str, said: str) -> Stretch:
    return Stretch(title, ms, _percent(at, whole), _percent(ms, whole), kind, said)


def _percent(part: float, whole: float) -> Decimal:
    return rounded(Decimal(str(part)) / Decimal(str(whole)) * PERCENT, 3)
