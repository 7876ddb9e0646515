"""What one call looks like: who answered at which attempt, its tokens, its cost, its times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

from billing.costs import total_of
from billing.money import ZERO
from billing.prices import Price
from billing.tokens import NO_TOKENS, Tokens
from controlplane.demo_data.events import SPIKE_MODEL, SPIKE_TOKENS, is_out
from controlplane.demo_data.offers import OFFERS
from controlplane.demo_data.people import Caller, Service
from controlplane.demo_data.rhythm import Moment, Span

RESERVED_TIMES = 3  # what is held for a call, by what it costs
SPREAD = 0.75  # of the logarithms of token counts
SHARE_FAILING, SHARE_RETRIED, SHARE_MALFORMED = 0.004, 0.012, 0.004
SHARE_LEFT, SHARE_LIMITED, SHARE_NOT_ALLOWED = 0.003, 0.004, 0.002
SHARE_LIMITED_IN_SPIKE = 0.15
GATEWAY_MS = 0.6

Book = Mapping[str, Sequence[Price]]
"""The prices of each model, the newest first."""


@dataclass(frozen=True)
class Scene:
    """What holds for all calls."""

    prices: Book
    out: Span
    spike: Span
    spiking: Caller


@dataclass(slots=True)
class Call:
    """A usage record before anyone asked whether the budgets let it pass."""

    caller: Caller
    at: datetime
    cost_usd: Decimal | None
    columns: dict[str, Any]


def draw_call(moment: Moment, scene: Scene, random: Random) -> Call:
    """A call at random, as its service makes them."""
    dice = random.random()
    looping = _is_looping(moment, scene)
    model = SPIKE_MODEL if looping else _model(moment.caller.service, random)
    if (code := _turned_away(dice, looping)) is not None:
        return _call(moment, ZERO, refused(code, model))
    if random.random() < moment.caller.service.cache_hits:
        return _from_cache(moment, model, scene, random)
    attempts, answered = _attempts(moment, model, scene, random)
    if answered is None:
        return _failed(moment, model, attempts, random)
    return _answered(moment, model, answered, attempts, scene, random)


def refused(code: str, model: str) -> dict[str, Any]:
    """The columns of a request that was turned away before any attempt."""
    status = 403 if code == "model_not_allowed" else 429
    asked = model.partition("/")[2]
    nothing: dict[str, Any] = {"provider": None, "model": None, "attempts": [], "price_id": None}
    times = {"total_ms": 1.1, "gateway_ms": 1.1, "ttft_ms": None}
    return {"status": status, "error_code": code, "model_requested": asked, **nothing, **times}


def tokens_of(columns: Tokens) -> dict[str, int]:
    return {f"{kind}_tokens": count for kind, count in columns.main().items()}


def _is_looping(moment: Moment, scene: Scene) -> bool:
    is_then = scene.spike.start <= moment.at < scene.spike.end
    return is_then and moment.caller is scene.spiking


def _model(service: Service, random: Random) -> str:
    models, cumulated = _choices(service)
    return random.choices(models, cum_weights=cumulated)[0]


@cache
def _choices(service: Service) -> tuple[list[str], list[float]]:
    return [name for name, _ in service.models], list(accumulate(w for _, w in service.models))


def _turned_away(dice: float, looping: bool) -> str | None:
    limited = SHARE_LIMITED_IN_SPIKE if looping else SHARE_LIMITED
    if dice < limited:
        return "requests_per_minute"
    return "model_not_allowed" if dice > 1 - SHARE_NOT_ALLOWED else None


def _from_cache(moment: Moment, model: str, scene: Scene, random: Random) -> Call:
    """An answer that was there already: it costs nothing, and saves what it cost then."""
    price = _price(model, moment.at, scene.prices)
    tokens = _tokens(moment.caller, model, random)
    times = {"total_ms": round(random.lognormvariate(1.2, 0.4), 3), "ttft_ms": None}
    columns = _reached(model, [], times) | {
        "cache": moment.caller.service.cache,
        "saved_usd": total_of(tokens, price) if price else ZERO,
        "status": 200,
    }
    return _call(moment, ZERO, columns)


def _attempts(
    moment: Moment, model: str, scene: Scene, random: Random
) -> tuple[list[dict[str, Any]], str | None]:
    """What was tried in vain, and who answered in the end, if anybody."""
    fallback = moment.caller.service.fallback
    if is_out(model.partition("/")[0], moment.at, scene.out):
        failed = _attempt(model, 503, "upstream_failed", 30 + 40 * random.random())
        return [failed, dict(failed)], fallback
    dice = random.random()
    if dice < SHARE_FAILING:
        failed = _attempt(model, 500, "upstream_failed", 200 + 900 * random.random())
        return [failed, dict(failed)], fallback
    if dice < SHARE_FAILING + SHARE_RETRIED:
        return [_attempt(model, 429, "upstream_rate_limited", 60 + 80 * random.random())], model
    return [], model


def _failed(moment: Moment, model: str, attempts: list[dict[str, Any]], random: Random) -> Call:
    spent_ms = sum(attempt["ms"] for attempt in attempts)
    times = {"total_ms": round(spent_ms + GATEWAY_MS + random.random(), 3), "ttft_ms": None}
    failure = {"status": 502, "error_code": "upstream_failed"}
    return _call(moment, ZERO, _reached(model, attempts, times) | failure)


def _answered(
    moment: Moment,
    asked: str,
    answered: str,
    attempts: list[dict[str, Any]],
    scene: Scene,
    random: Random,
) -> Call:
    looping = _is_looping(moment, scene)
    tokens = SPIKE_TOKENS if looping else _tokens(moment.caller, answered, random)
    if random.random() < SHARE_MALFORMED and not attempts:
        failure = {"status": 400, "error_code": "invalid_request"}
        refusal = [_attempt(answered, 400, "invalid_request", 90.0)]
        times = {"total_ms": 91.2, "ttft_ms": None}
        return _call(moment, ZERO, _reached(asked, refusal, times) | failure)
    price = _price(answered, moment.at, scene.prices)
    cost = total_of(tokens, price) if price else None
    streamed = random.random() < moment.caller.service.streamed
    times = _times(answered, tokens, streamed, sum(each["ms"] for each in attempts), random)
    last = _attempt(answered, 200, None, times["total_ms"], cost)
    left = streamed and random.random() < SHARE_LEFT
    columns = _reached(answered, [*attempts, last], times) | tokens_of(tokens)
    columns |= {
        "model_requested": asked.partition("/")[2],
        "streamed": streamed,
        "status": 200,
        "error_code": "client_disconnected" if left else None,
        "cache": "off" if moment.caller.service.cache == "off" else "miss",
        "price_id": price.id if price else None,
        "usage_source": "estimated" if left else "provider",
        "reserved_usd": (cost or ZERO) * RESERVED_TIMES,
    }
    return _call(moment, cost, columns)


def _tokens(caller: Caller, model: str, random: Random) -> Tokens:
    service = caller.service
    asked = max(1, int(service.input_tokens * random.lognormvariate(0, SPREAD)))
    if OFFERS[model].token_ms == 0:
        return Tokens(input=asked)
    generated = max(1, int(service.output_tokens * random.lognormvariate(0, SPREAD)))
    cached = int(asked * 0.9) if random.random() < service.prompt_cached else 0
    return Tokens(input=asked, cached_input=cached, output=generated)


def _times(
    model: str, tokens: Tokens, streamed: bool, before_ms: float, random: Random
) -> dict[str, float | None]:
    offer = OFFERS[model]
    first = before_ms + offer.first_ms * random.lognormvariate(0, 0.35)
    total = first + tokens.output * offer.token_ms * random.lognormvariate(0, 0.2)
    return {"total_ms": round(total, 3), "ttft_ms": round(first, 3) if streamed else None}


def _reached(
    model: str, attempts: list[dict[str, Any]], times: dict[str, float | None]
) -> dict[str, Any]:
    provider, _, asked = model.partition("/")
    return {
        "provider": provider,
        "model": model,
        "model_requested": asked,
        "attempts": attempts,
        "gateway_ms": GATEWAY_MS,
        **times,
    }


def _attempt(
    model: str, status: int, code: str | None, ms: float | None, cost: Decimal | None = ZERO
) -> dict[str, Any]:
    told = {"provider": model.partition("/")[0], "model": model, "status": status}
    return {**told, "error_code": code, "ms": round(ms or 0, 3), "cost_usd": cost}


def _price(model: str, at: datetime, prices: Book) -> Price | None:
    return next((price for price in prices.get(model, ()) if price.valid_from <= at), None)


def _call(moment: Moment, cost_usd: Decimal | None, columns: dict[str, Any]) -> Call:
    defaults = {
        **tokens_of(NO_TOKENS),
        "error_code": None,
        "streamed": False,
        "cache": "off",
        "saved_usd": ZERO,
        "reserved_usd": ZERO,
        "price_id": None,
        "usage_source": "none",
    }
    return Call(moment.caller, moment.at, cost_usd, {**defaults, **columns})
