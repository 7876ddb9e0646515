"""A dry run of a request says what a call gets, and leaves no trace."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from django.test import override_settings
from jsonschema import Draft4Validator

from controlplane.accounts.services import issue_token
from controlplane.budgets.models import Balance
from controlplane.keys import checking, services
from controlplane.keys.models import VirtualKey
from controlplane.metadata_rules.services import create_rule
from dataplane.contract import endpoints
from dataplane.request import Endpoint
from tests import builders, catalog
from tests.fakes.upstream import whole
from tests.integration.test_rest_schema import answers_of, shape
from tests.personas import Caller, caller, refusal
from tests.plane import booked

BODY = {"model": "far/gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100}
USAGE = {"prompt_tokens": 10, "completion_tokens": 20}


@pytest.fixture(autouse=True, scope="module")
def _ended_program():
    """It takes a second to start, and hears of what each test configures."""
    yield
    checking.stop()


@pytest.fixture
def far(database, upstream):
    return catalog.provider(base_url=upstream.url)


@pytest.fixture
def secret(far):
    catalog.priced_model(of=far)
    return catalog.key()


def check(alice, body=BODY, **fields):
    answer = alice.post("check", {"virtual_key": "vk-1", "request": body, **fields})
    assert answer.status_code == 200, answer.content
    return answer.json()


def call(plane, secret, body=BODY):
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{plane.url}/v1/chat/completions", headers=headers, json=body, timeout=30)


def without(*names):
    return {name: value for name, value in BODY.items() if name not in names}


REFUSED = {
    "no such model": (lambda: None, {**BODY, "model": "far/none"}),
    "no model": (lambda: None, without("model")),
    "model of a wrong type": (lambda: None, {**BODY, "model": 5}),
    "model not allowed": (lambda: policy(allowed_models=["far/other"]), BODY),
    "provider not allowed": (lambda: policy(allowed_providers=["near"]), BODY),
    "revoked": (lambda: services.revoke_key(VirtualKey.objects.get()), BODY),
    "expired": (lambda: policy(expires_at=datetime.now(UTC) - timedelta(seconds=1)), BODY),
    "too dear": (lambda: builders.budget(limit_usd=Decimal("0.0001")), BODY),
    "no price": (lambda: unpriced(), {**BODY, "model": "far/dark"}),
    "metadata missing": (
        lambda: create_rule(
            customer=builders.customer(), key="code", required=True, on_violation="refuse"
        ),
        BODY,
    ),
    "bad metadata": (lambda: None, {**BODY, "metadata": {"a": {"b": 1}}}),
}


def policy(**fields):
    services.update_key(VirtualKey.objects.get(), **fields)


def unpriced():
    builders.budget(limit_usd=Decimal(100))
    catalog.model("dark", of=catalog.Provider.objects.get())


@pytest.mark.parametrize("case", REFUSED)
def test_it_refuses_what_a_call_is_refused_for_in_the_same_words(
    alice, secret, start_plane, upstream, case
):
    prepare, body = REFUSED[case]
    prepare()

    verdict = check(alice, body)

    answer = call(start_plane(), secret, body)
    told = {name: value for name, value in answer.json()["error"].items() if name != "request_id"}
    refused = verdict["refusal"]
    assert not verdict["passes"]
    assert refused["status"] == answer.status_code
    kept = {name: refused[name] for name in ("type", "code", "message", "param")}
    assert {**kept, **refused["facts"]} == told
    assert upstream.asked == []


def test_it_says_what_a_call_reserves_and_leaves_no_trace(alice, secret, start_plane, upstream):
    builders.budget(limit_usd=Decimal(100))

    verdict = check(alice)

    assert verdict["passes"]
    assert verdict["is_certain"]
    assert upstream.asked == []
    assert not Balance.objects.exists()
    upstream.answers(whole({"choices": [], "usage": USAGE}))
    assert call(start_plane(), secret).status_code == 200
    [record] = booked().all()
    assert Decimal(verdict["reserves_usd"]) == record.reserved_usd


def test_a_budget_that_lets_output_be_fitted_says_to_what(alice, secret):
    builders.budget(limit_usd=Decimal("0.001"), shortfall="fit")

    verdict = check(alice)

    [candidate] = verdict["deployments"]
    assert verdict["passes"]
    assert 16 <= candidate["output_tokens_fitted"] < 100
    assert Decimal(verdict["reserves_usd"]) <= Decimal("0.001")


def test_the_budget_with_the_least_left_binds(alice, secret):
    now = datetime.now(UTC)
    key = VirtualKey.objects.get()
    builders.budget("acme-month", limit_usd=Decimal(100))
    owned = {"owner_type": "virtual_key", "customer_id": None, "virtual_key": key}
    own = builders.budget("own-day", limit_usd=Decimal(20), window="day", **owned)
    builders.budget("watch", limit_usd=Decimal(1), enforcement="soft")
    builders.balance(own, at=now, spent_usd=Decimal("12.5"), reserved_usd=Decimal("0.5"))

    verdict = check(alice)

    assert verdict["binding_budget"]["id"] == "own-day"
    assert verdict["binding_budget"]["remaining_usd"] == "7.00"
    left = {each["id"]: each["remaining_usd"] for each in verdict["budgets"]}
    assert left == {"acme-month": "100.00", "own-day": "7.00", "watch": "1.00"}
    assert "own-day binds" in verdict["message"]


def test_money_that_is_reserved_now_makes_it_uncertain_and_refuses_nothing(alice, secret):
    budget = builders.budget(limit_usd=Decimal(1))
    now = datetime.now(UTC)
    builders.balance(budget, at=now, reserved_usd=Decimal("0.9999"))

    verdict = check(alice)

    assert (verdict["passes"], verdict["is_certain"]) == (True, False)


def test_it_says_what_rate_limits_leave_and_refuses_for_them(alice, secret, start_plane, upstream):
    policy(requests_per_minute=1, max_parallel_requests=4)
    before = check(alice)
    upstream.answers(whole({"choices": [], "usage": USAGE}))
    plane = start_plane()
    assert call(plane, secret).status_code == 200

    after = check(alice)

    assert before["rate_limits"]["requests_per_minute"] == {"limit": 1, "remaining": 1}
    assert before["rate_limits"]["tokens_per_minute"] is None
    assert after["rate_limits"]["requests_per_minute"] == {"limit": 1, "remaining": 0}
    assert after["refusal"]["code"] == "requests_per_minute"
    assert after["refusal"]["message"] == call(plane, secret).json()["error"]["message"]
    assert int(after["refusal"]["headers"]["retry-after"]) > 50


def test_paused_deployments_are_passed_over_for_fallbacks(alice, secret, upstream):
    near = catalog.provider("near", base_url=upstream.url)
    catalog.priced_model("other", of=near)
    policy(fallbacks=[{"provider": "near", "model": "other"}])
    report = {"process_id": "p", "provider_id": "far", "model": "gpt-4o", "credential_index": 0}
    now = datetime.now(UTC)
    fared = {"state": "open", "since": now, "attempts": 5, "failures": 5, "reported_at": now}
    builders.insert("catalog_deploymenthealth", {**report, **fared}, returning="process_id")

    verdict = check(alice)

    tried = [(each["id"], each["is_fallback"], each["skipped"]) for each in verdict["deployments"]]
    assert tried == [("far/gpt-4o", False, "circuit_open"), ("near/other", True, None)]
    assert verdict["passes"]


def test_what_cannot_be_told_to_a_provider_is_found_out_without_calling_it(alice, secret, database):
    catalog.priced_model(
        "claude-x", of=catalog.provider("anth", base_url="http://x", kind="anthropic")
    )
    body = {**BODY, "model": "anth/claude-x", "n": 3}

    verdict = check(alice, body)

    assert verdict["refusal"]["status"] == 400
    assert verdict["deployments"][0]["skipped"] == verdict["refusal"]["code"]


def test_models_that_cost_less_are_named_with_their_worst_case(alice, secret, far):
    catalog.priced_model("mini", of=far, input_usd_per_mtok=Decimal("0.25"), output_usd_per_mtok=1)
    catalog.priced_model("dear", of=far, input_usd_per_mtok=90)
    catalog.priced_model("text-embed", of=far, input_usd_per_mtok=0, output_usd_per_mtok=0)
    catalog.model("dark", of=far)

    [cheaper] = check(alice)["cheaper"]

    assert cheaper["model"] == "far/mini"
    assert cheaper["factor"] == 10
    policy(denied_models=["far/mini"])
    assert check(alice)["cheaper"] == []


def test_a_size_is_enough(alice, secret):
    asked = {"virtual_key": "vk-1", "model": "far/gpt-4o", "input_tokens": 1000}

    short = alice.post("check", {**asked, "max_output_tokens": 100}).json()
    long = alice.post("check", {**asked, "max_output_tokens": 900}).json()

    assert short["passes"]
    assert Decimal(long["reserves_usd"]) - Decimal(short["reserves_usd"]) == Decimal("0.008")


@pytest.mark.parametrize("tokens", [0, 10])
@pytest.mark.parametrize("endpoint", endpoints.PATHS)
def test_a_size_fits_every_endpoint(alice, secret, endpoint, tokens):
    size = {"input_tokens": tokens, "endpoint": endpoint}
    asked = {"virtual_key": "vk-1", "model": "far/gpt-4o", **size}

    verdict = alice.post("check", {**asked, "max_output_tokens": 5}).json()

    is_anthropics = endpoint == "/v1/messages/count_tokens"
    assert verdict["passes"] != is_anthropics, verdict["refusal"]


def test_the_contract_names_the_endpoints_there_are():
    assert set(endpoints.PATHS) == {f"/v1/{each.value}" for each in Endpoint}


def test_a_change_is_seen_by_the_next_check(alice, secret, far):
    assert check(alice, {**BODY, "model": "far/new"})["refusal"]["code"] == "model_not_found"

    catalog.priced_model("new", of=far)

    assert check(alice, {**BODY, "model": "far/new"})["passes"]


def test_a_program_that_was_killed_is_started_again(alice, secret):
    assert check(alice)["passes"]

    checking.stop()

    assert check(alice)["passes"]


def test_it_starts_ahead_once_and_answers_what_comes_then(alice, secret):
    checking.stop()
    checking.start_ahead()
    assert checking._program._process is None, "only where the setting says so"

    with override_settings(CHECK_STARTS_AHEAD=True):
        alice.get("virtual-keys")
        started = checking._program._process
        alice.get("virtual-keys")

    assert started.poll() is None
    assert check(alice)["passes"]
    assert checking._program._process is started


@pytest.mark.parametrize("role", ["admin", "engineer", "finance", "auditor"])
def test_whoever_reads_keys_may_check(secret, role):
    assert check(caller(role))["passes"]


def test_a_rival_learns_nothing_of_the_key(secret, mallory):
    asked = {"virtual_key": "vk-1", "request": BODY}

    theirs = refusal(mallory.post("check", asked), 404)

    assert theirs == refusal(mallory.post("check", {**asked, "virtual_key": "vk-2"}), 404)


def test_a_team_learns_nothing_of_the_customers_budgets(alice, secret):
    team = builders.team()
    policy(team=team)
    builders.budget("acme-month", limit_usd=Decimal(7))
    owned = {"owner_type": "team", "customer_id": None, "team": team}
    builders.budget("research-month", limit_usd=Decimal(9), **owned)
    token = issue_token(name="t", role="engineer", customer=builders.customer(), team=team)

    verdict = check(Caller(token.secret))

    assert [each["id"] for each in verdict["budgets"]] == ["research-month"]
    assert verdict["binding_budget"] is None
    assert "acme-month" not in str(verdict)


@pytest.mark.parametrize(("level", "sees"), [("customer", False), ("team", True)])
def test_a_team_learns_the_level_of_a_refusal_and_its_own_amounts_alone(alice, secret, level, sees):
    team = builders.team()
    policy(team=team)
    owned = {"owner_type": "team", "customer_id": None, "team": team}
    limits = {"customer": Decimal(9), "team": Decimal(9), level: Decimal("0.000077")}
    builders.budget("acme-month", limit_usd=limits["customer"])
    builders.budget("research-month", limit_usd=limits["team"], **owned)
    token = issue_token(name="t", role="engineer", customer=builders.customer(), team=team)

    verdict = check(Caller(token.secret))

    refused = verdict["refusal"]
    told = refused["facts"]["budget"]
    assert (refused["status"], refused["code"]) == (429, "budget_exceeded")
    assert (told["owner_type"], "limit_usd" in told, "requested_usd" in told) == (level, sees, True)
    assert ("0.000077" in str(verdict)) is sees
    assert "acme-month" not in str(verdict)
    assert "0.000077" in str(check(alice))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "virtual_key"),
        ({"virtual_key": "vk-1"}, "request"),
        ({"virtual_key": "vk-1", "request": "x"}, "request"),
        ({"virtual_key": "vk-1", "request": BODY, "model": "x"}, "model"),
        ({"virtual_key": "vk-1", "request": BODY, "endpoint": "/v1/models"}, "endpoint"),
        ({"virtual_key": "vk-1", "model": "x", "input_tokens": -1}, "input_tokens"),
        ({"virtual_key": "vk-1", "model": "x", "max_output_tokens": 0}, "max_output_tokens"),
        ({"virtual_key": "vk-1", "model": "x", "tokens": 5}, "tokens"),
    ],
)
def test_bad_questions_name_their_field(alice, body, field):
    assert field in refusal(alice.post("check", body))["fields"]


@pytest.mark.parametrize("model", ["", "x" * 100_000, None, {"a": 1}])
def test_garbage_in_a_request_is_judged_and_not_a_failure(alice, secret, model):
    assert check(alice, {**BODY, "model": model})["refusal"]["status"] in (400, 404)


@pytest.mark.parametrize("model", ["\ud800", "a\u0000b"])
def test_a_request_that_no_text_can_hold_is_refused(alice, secret, model):
    body = {"virtual_key": "vk-1", "request": {**BODY, "model": model}}

    assert "request" in refusal(alice.post("check", body))["fields"]


def test_its_answers_are_as_described(alice, secret):
    builders.budget(limit_usd=Decimal(100))
    policy(requests_per_minute=5)
    schema = alice.get("schema").json()

    for body in (BODY, {**BODY, "model": "far/none"}):
        described = answers_of(schema, "check", "post")[200]
        Draft4Validator(shape(schema, described)).validate(check(alice, body))
