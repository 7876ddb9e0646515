"""Questions about the cost of a call, and their answers, as JSON that programs send and read.

A question is `{"provider", "model", "usage", "at"?}`. What cannot be answered has a reason in place
of a cost: `model_unpriced`, or what is wrong with the question and a sentence about it.
"""

import json
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from django.utils.dateparse import parse_datetime

from billing.errors import ModelUnpriced, UsageMalformed
from billing.money import format_usd
from controlplane.catalog.pricing import Offers, PricedCall
from controlplane.validators import is_storable

PROVIDERS_REMEMBERED_MAX = 100
UNPRICED = "model_unpriced"

Answer = dict[str, Any]


class _NotAnswerable(Exception):
    """The question is not in the form that has an answer."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Cashier:
    """Answers questions; what it looked up for one, it keeps for the next."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._offers = lru_cache(PROVIDERS_REMEMBERED_MAX)(Offers)

    def answer_text(self, question: str | bytes) -> Answer:
        """The answer to a question in JSON."""
        try:
            return self._answer(_parse(question))
        except _NotAnswerable as error:
            return _refusal(error)

    def answer(self, question: dict[str, Any]) -> Answer:
        """The answer to a question whose `usage` is JSON text."""
        try:
            return self._answer({**question, "usage": _parse(question["usage"])})
        except _NotAnswerable as error:
            return _refusal(error)

    def _answer(self, question: Any) -> Answer:
        provider, model = _text(question, "provider"), _text(question, "model")
        at = _moment(question.get("at")) or self._now
        try:
            return _told(self._offers(provider).price_call(model, question.get("usage"), at))
        except ModelUnpriced:
            return {"cost_usd": None, "reason": UNPRICED}
        except UsageMalformed as error:
            raise _NotAnswerable("usage_malformed", str(error)) from error


def _parse(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _NotAnswerable("invalid_json", "Not JSON.") from error


def _text(question: Any, name: str) -> str:
    if not isinstance(question, dict):
        raise _NotAnswerable("invalid_question", "A question is a JSON object.")
    value = question.get(name)
    if not isinstance(value, str) or not value or not is_storable(value):
        raise _NotAnswerable("invalid_question", f"'{name}' is a text that must be given.")
    return value


def _moment(value: Any) -> datetime | None:
    """An ISO 8601 moment, or the start of a day; in UTC unless it says otherwise."""
    if value is None:
        return None
    try:
        moment = parse_datetime(value)
        if moment is None:
            moment = datetime.combine(date.fromisoformat(value), time.min)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        message = "'at' is a moment like 2026-11-21T09:41:00Z."
        raise _NotAnswerable("invalid_question", message) from error


def _told(call: PricedCall) -> Answer:
    return {
        "cost_usd": format_usd(call.cost_usd),
        "input_cost_usd": format_usd(call.input_cost_usd),
        "output_cost_usd": format_usd(call.output_cost_usd),
        "tokens": {**call.tokens.main(), **call.tokens.details()},
        "price_id": call.price_id,
    }


def _refusal(error: _NotAnswerable) -> Answer:
    return {"cost_usd": None, "reason": error.reason, "message": str(error)}
