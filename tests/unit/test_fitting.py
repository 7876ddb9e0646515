"""A budget's last request may generate what is left instead of being refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.budgets import Budget
from billing.errors import BudgetExceeded
from dataplane.metering.worst_case.amounts import worst_case_usd
from dataplane.metering.worst_case.fitting import (
    USEFUL_TOKENS_MIN,
    fitted_fields,
    output_tokens_affordable,
)
from dataplane.metering.worst_case.fitting import fit as fit_to
from dataplane.request import Endpoint, GatewayRequest
from dataplane.snapshot.model import Deployment
from tests.estimates import DEFAULT, call, deployment, price

DEAR = price(input="2", output="10", request="1")


def fits(request: GatewayRequest, usd: str | Decimal, at: Deployment | None = None) -> int | None:
    return output_tokens_affordable(request, at or deployment(DEAR), Decimal(usd), DEFAULT)


def fit(request: GatewayRequest, tokens: int, at: Deployment | None = None) -> GatewayRequest:
    request.fields |= fitted_fields(request, at or deployment(DEAR), tokens)
    return request


def limits(request: GatewayRequest) -> dict[str, int]:
    return {name: int(bytes(raw)) for name, raw in request.fields.items() if "max" in name}


@settings(max_examples=200, deadline=None)
@given(
    remaining_usd=st.decimals("0", "0.2", places=12),
    fields=st.fixed_dictionaries(
        {},
        optional={
            "max_tokens": st.integers(1, 20_000),
            "max_completion_tokens": st.integers(1, 20_000),
            "n": st.integers(1, 4),
            "prediction": st.just({"type": "content", "content": "x" * 100}),
        },
    ),
)
def test_what_was_fitted_costs_no_more_than_was_left_and_uses_it(
    remaining_usd: Decimal, fields: dict[str, Any]
):
    request = call(**fields)
    before_usd = worst_case_usd(request, deployment(DEAR), DEFAULT)
    tokens = fits(request, remaining_usd)

    if tokens is None:
        fit(request, USEFUL_TOKENS_MIN)
        least_usd = worst_case_usd(request, deployment(DEAR), DEFAULT)
        assert least_usd is not None
        assert least_usd > remaining_usd - Decimal("1e-11") or min(limits(request).values()) < 16
    else:
        after_usd = worst_case_usd(fit(request, tokens), deployment(DEAR), DEFAULT)
        assert after_usd is not None
        assert before_usd is not None
        assert after_usd <= min(remaining_usd, before_usd)
        assert after_usd == before_usd or remaining_usd - after_usd < Decimal("0.00005")


def test_less_than_a_useful_answer_is_none():
    request = call(max_tokens=100)
    whole_usd = worst_case_usd(request, deployment(DEAR), DEFAULT)
    assert whole_usd is not None

    assert fits(request, whole_usd) in (99, 100)
    assert fits(request, whole_usd - Decimal("0.0008")) in (19, 20)
    assert fits(request, whole_usd - Decimal("0.0009")) is None
    assert fits(request, "0") is None


@pytest.mark.parametrize(
    ("endpoint", "kind", "given", "fitted"),
    [
        (Endpoint.CHAT_COMPLETIONS, "openai", {}, {"max_completion_tokens": 50}),
        (Endpoint.CHAT_COMPLETIONS, "openai_compatible", {}, {"max_tokens": 50}),
        (Endpoint.CHAT_COMPLETIONS, "openai", {"max_tokens": 90}, {"max_tokens": 50}),
        (
            Endpoint.CHAT_COMPLETIONS,
            "openai",
            {"max_tokens": 20, "max_completion_tokens": 90},
            {"max_tokens": 20, "max_completion_tokens": 50},
        ),
        (Endpoint.COMPLETIONS, "openai", {}, {"max_tokens": 50}),
        (Endpoint.RESPONSES, "openai", {}, {"max_output_tokens": 50}),
        (Endpoint.RESPONSES, "openai", {"max_output_tokens": None}, {"max_output_tokens": 50}),
    ],
)
def test_the_limit_goes_where_the_client_or_the_endpoint_has_it(
    endpoint: Endpoint, kind: str, given: dict[str, Any], fitted: dict[str, int]
):
    request = call({"model": "m", **given}, endpoint)

    assert limits(fit(request, 50, deployment(DEAR, kind=kind))) == fitted


def test_a_limit_is_never_raised():
    request = call(max_tokens=40)

    assert fits(request, "1000") == 40
    assert limits(fit(request, 50)) == {"max_tokens": 40}


def test_embeddings_generate_nothing_that_could_be_limited():
    assert fits(call({"input": "hi"}, Endpoint.EMBEDDINGS), "1") is None


def test_what_is_free_to_generate_is_not_limited():
    assert fits(call(max_tokens=40), "1", deployment(price(input="1", output="0"))) == 40


def test_a_model_without_a_price_is_not_fitted():
    assert fits(call(), "1", deployment(price("priority"))) is None


def test_thinking_that_was_asked_for_must_fit_below_the_limit():
    thinking = {"type": "enabled", "budget_tokens": 1_024}
    request = call(max_tokens=4_096, thinking=thinking)

    assert fits(request, "0.02") == fits(call(max_tokens=4_096, thinking=thinking), "0.02")
    assert (fits(request, "0.02") or 0) > 1_024
    assert fits(request, "0.01") is None
    assert fits(call(max_tokens=4_096, thinking=7), "0.01") is not None


def refused(budget_id: str) -> BudgetExceeded:
    used = {"spent_usd": Decimal("0.98"), "reserved_usd": Decimal("0.01")}
    owner = {"owner_type": "customer", "owner_id": "acme", "limit_usd": Decimal(1)}
    asked = {"requested_usd": Decimal(2), "window_end": None, "is_spent": True}
    return BudgetExceeded(budget_id=budget_id, **owner, **used, **asked)  # type: ignore[arg-type]


def test_a_request_is_changed_only_where_the_budget_that_refused_it_wishes_so():
    budgets = [
        Budget(id, "customer", "acme", Decimal(1), "month", "UTC", is_hard=True, fits_output=fits)
        for id, fits in (("fits", True), ("refuses", False))
    ]
    request = call(max_tokens=100_000)

    assert fit_to(request, deployment(DEAR), budgets, refused("refuses"), DEFAULT) is None
    assert limits(request) == {"max_tokens": 100_000}
    fitted = fit_to(request, deployment(DEAR), budgets, refused("fits"), DEFAULT)
    assert limits(request) == {"max_tokens": fitted}
    after_usd = worst_case_usd(request, deployment(DEAR), DEFAULT)
    assert after_usd is not None
    assert Decimal("0.0099") < after_usd <= Decimal("0.01")


def test_other_models_on_the_way_leave_nothing_to_fit():
    advisor = {"type": "advisor_20260301", "model": "claude-opus-4-8"}

    assert fits(call(tools=[advisor]), "100") is None
