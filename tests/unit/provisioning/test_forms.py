"""What a file says, in its short and its full forms, and all that is wrong with it at once."""

from decimal import Decimal

import pytest

from controlplane.accounts.permissions import Resource
from controlplane.provisioning.desired import read_desired
from controlplane.provisioning.forms import FORMS
from controlplane.provisioning.reading import Format
from controlplane.provisioning.sources import NoSources


def desired(text):
    return read_desired(text.encode(), Format.YAML, NoSources())


def problems(text):
    return [str(problem) for problem in sorted(desired(text).problems)]


def budget(inline):
    """What becomes of a key's budget as it is written."""
    found = desired(f"virtual_keys: [{{id: vk, customer: acme, budget: {inline}}}]")
    assert found.problems == []
    values = found.entries[Resource.BUDGETS][0].values
    assert (values.pop("owner_type"), values.pop("owner")) == ("virtual_key", "vk")
    return values


def wrong_budget(inline):
    text = f"virtual_keys:\n- id: vk\n  customer: acme\n  budget: {inline}"
    (problem,) = problems(text)
    assert problem.startswith("line 4, column ")
    return problem.partition(": ")[2]


@pytest.mark.parametrize(
    ("inline", "limit_usd", "window", "enforcement"),
    [
        ("{max_per_month_usd: 12000, reset_duration: monthly}", 12000, "month", None),
        ("{monthly_usd: 200, hard_cap: true}", 200, "month", "hard"),
        ("{monthly_usd: 200, hard_cap: false}", 200, "month", "soft"),
        ("{limit_usd: 200}", 200, "month", None),
        ("{limit_usd: 200, window: quarter, enforcement: soft}", 200, "quarter", "soft"),
        ("{daily_usd: 5}", 5, "day", None),
        ("{max_per_year_usd: 5, reset_duration: yearly}", 5, "year", None),
        ("{limit_usd: 5, reset_duration: Daily}", 5, "day", None),
        ("{limit_usd: 5, reset_duration: weekly}", 5, "week", None),
        ("{limit_usd: 5, reset_duration: quarterly}", 5, "quarter", None),
        ("{limit_usd: 5, reset_duration: annually}", 5, "year", None),
        ("{limit_usd: 5, reset_duration: never}", 5, "lifetime", None),
        ("{limit_usd: 5, reset_duration: 30d}", 5, "30d", None),
        ("{limit_usd: 5, reset_duration: 1h}", 5, "1h", None),
        ("{limit_usd: 5, reset_duration: hourly}", 5, "1h", None),
        ("{limit_usd: 5, reset_duration: 1w}", 5, "7d", None),
        ("{limit_usd: 5, reset_duration: 1M}", 5, "month", None),
        ("{limit_usd: 5, reset_duration: 1mo}", 5, "month", None),
        ("{limit_usd: 5, reset_duration: 3M}", 5, "quarter", None),
        ("{limit_usd: 5, reset_duration: 1Y}", 5, "year", None),
        ("{lifetime_usd: 5}", 5, "lifetime", None),
    ],
)
def test_a_budget_is_written_in_many_ways(inline, limit_usd, window, enforcement):
    values = budget(inline)

    assert values["limit_usd"] == Decimal(limit_usd)
    assert values["window"] == window
    assert values.get("enforcement") == enforcement


@pytest.mark.parametrize(
    ("inline", "problem"),
    [
        (
            "{monthly_usd: 1, reset_duration: weekly}",
            "virtual_keys[0].budget.reset_duration: 'monthly_usd' is per month, but the window is "
            "week.",
        ),
        (
            "{monthly_usd: 1, reset_duration: 30d}",
            "virtual_keys[0].budget.reset_duration: 'monthly_usd' is per month, but the window is "
            "30d.",
        ),
        (
            "{monthly_usd: 1, daily_usd: 2}",
            "virtual_keys[0].budget.daily_usd: Says again what 'virtual_keys[0].budget.monthly_usd'"
            " says in line 4.",
        ),
        (
            "{monthly_usd: 1, limit_usd: 2}",
            "virtual_keys[0].budget.monthly_usd: Says the limit again: for several budgets write a "
            "list.",
        ),
        (
            "{limit_usd: 1, hard_cap: true, enforcement: soft}",
            "virtual_keys[0].budget.enforcement: Says again what 'virtual_keys[0].budget.hard_cap' "
            "says in line 4.",
        ),
        (
            "{limit_usd: 1, reset_duration: 30m}",
            "virtual_keys[0].budget.reset_duration: Window must be one of day, week, month, "
            "quarter, year, lifetime, or like 30d or 6h; monthly, daily and the like do, too.",
        ),
        (
            "{limit_usd: 1, window: 500d}",
            "virtual_keys[0].budget.window: A rolling window is at most 400 days long; monthly, "
            "daily and the like do, too.",
        ),
        ("{monthly_usd: x}", "virtual_keys[0].budget.monthly_usd: Must be an amount of US dollars"),
        ("{montly_usd: 1}", "virtual_keys[0].budget.montly_usd: Unknown field 'montly_usd'."),
        ("200", "virtual_keys[0].budget: Must be an object."),
        ("[{monthly_usd: -1}]", "virtual_keys[0].budget[0].monthly_usd: Must not be negative."),
        ("{limit_usd: 1, owner: x}", "virtual_keys[0].budget.owner: Unknown field 'owner'."),
        (
            "{limit_usd: 1, timezone: Mars/Phobos}",
            "virtual_keys[0].budget.timezone: Not a time zone. Use an IANA name such as",
        ),
        (
            "{limit_usd: 1, alert_thresholds: [50, 50]}",
            "virtual_keys[0].budget.alert_thresholds: A threshold is listed twice.",
        ),
    ],
)
def test_says_what_is_wrong_with_a_budget(inline, problem):
    assert wrong_budget(inline).startswith(problem)


def test_several_budgets_are_a_list():
    text = "customers: [{id: acme, budget: [{daily_usd: 5}, {monthly_usd: 50, hard_cap: false}]}]"
    entries = desired(text).entries[Resource.BUDGETS]

    assert [entry.values["window"] for entry in entries] == ["day", "month"]


def test_null_takes_a_group_of_fields_back():
    found = desired("virtual_keys: [{id: vk, customer: acme, rate_limit: null, cache: ~}]")

    values = found.entries[Resource.VIRTUAL_KEYS][0].values
    assert values["requests_per_minute"] is None
    assert (values["cache_mode"], values["cache_namespace"]) == ("off", "")


def test_says_everything_that_is_wrong_at_once_with_line_column_and_path():
    text = """\
virtual_keys:
- id: a/b
  customr: acme
- customer: acme
  rate_limit: {requests_per_minute: "60", tpm: 5}
- id: vk
  customer: acme
  expires_at: tomorrow
  fallbacks: [{provider: openai, model: gpt-4o}, {provider: openai}]
  cache: {mode: exakt}
- id: vk
  allowed_providers: openai
- nonsense
vitual_keys: []
teams: {}
"""
    assert problems(text) == [
        "line 2, column 7: virtual_keys[0].id: An id starts with a letter or digit and holds "
        "letters, digits, '.', '_' and '-'.",
        "line 3, column 3: virtual_keys[0].customr: Unknown field 'customr'. Did you mean "
        "'customer'?",
        "line 4, column 3: virtual_keys[1]: Needs an 'id': without one, applying twice would make "
        "two.",
        "line 5, column 37: virtual_keys[1].rate_limit.requests_per_minute: Must be a whole "
        "number.",
        "line 5, column 43: virtual_keys[1].rate_limit.tpm: Unknown field 'tpm'.",
        "line 8, column 15: virtual_keys[2].expires_at: Must be a date and time with a time zone: "
        "2026-12-31T00:00:00Z.",
        "line 9, column 50: virtual_keys[2].fallbacks[1]: Lacks 'model'.",
        "line 10, column 17: virtual_keys[2].cache.mode: Must be one of off, exact, semantic, "
        "shadow. Did you mean 'exact'?",
        "line 11, column 7: virtual_keys[3].id: The id 'vk' is here twice, first in line 6.",
        "line 12, column 22: virtual_keys[3].allowed_providers: Must be a list.",
        "line 13, column 3: virtual_keys[4]: Must be an object.",
        "line 14, column 1: vitual_keys: Unknown field 'vitual_keys'. Did you mean 'virtual_keys'?",
        "line 15, column 8: teams: Must be a list.",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("customers: [{id: a, currency: dollars}]", "customers[0].currency: Not a currency."),
        ("customers: [{id: a, currency: usd}]", "customers[0].currency: Not a currency."),
        ("customers: [{id: a, name: " + "x" * 201 + "}]", "customers[0].name: Ensure this value"),
        ("customers: [{id: a, metadata: {x: {y: 1}}}]", "customers[0].metadata: Metadata is flat"),
        ("customers: [{id: a, customer: b}]", "customers[0].customer: Unknown field 'customer'."),
        ("teams: [{id: t, customer: a, customer_id: b}]", "teams[0].customer_id: Says again"),
        ("providers: [{id: p, kind: opnai}]", "providers[0].kind: Must be one of openai"),
        ("providers: [{id: p, base_url: 'ftp://x'}]", "providers[0].base_url: A base URL is http"),
        ("providers: [{id: p, has_credential: true}]", "providers[0].has_credential: Unknown"),
        ("models: [{upstream_model: x}]", "models[0]: Needs an 'id' as provider/name"),
        ("models: [{id: x}]", "models[0].id: The id of a model begins with 'its provider/'."),
        ("models: [{id: a/x, provider: b}]", "models[0].id: The id of a model begins with 'b/'."),
        ("models: [{id: a/x y}]", "models[0].id: A model name holds letters"),
        ("models: [{id: a/x, aliases: [{weight: 1}]}]", "models[0].aliases[0]: An alias is a text"),
        ("models: [{id: a/x, max_output_tokens: 0}]", "models[0].max_output_tokens: Ensure this"),
        ("prices: [{input_usd_per_mtok: 1}]", "prices[0]: Needs 'model': what it is the price of."),
        (
            "prices: [{model: a/b, input_usd_per_mtok: -1}]",
            "prices[0].input_usd_per_mtok: Must not",
        ),
        ("prices: [{model: a/b, input_per_mtok: 1}]", "prices[0].input_per_mtok: Unknown field"),
        ("prices: [{model: a/b, tiers: [{input_usd_per_mtok: 1}]}]", "prices[0].tiers[0]: Lacks"),
        ("budgets: [{limit_usd: 1}]", "budgets[0]: Needs 'owner': whose budget it is."),
    ],
)
def test_says_what_is_wrong_with_a_section(text, problem):
    assert problems(text)[0].partition(": ")[2].startswith(problem)


def test_a_model_is_named_by_its_id_or_by_its_provider_and_upstream_name():
    text = "models: [{id: far/a}, {provider: far, upstream_model: b}]"
    first, second = desired(text).entries[Resource.MODELS]

    assert (first.id, first.values["provider_id"]) == ("far/a", "far")
    assert second.id == "far/b"


def test_each_column_has_one_name_and_each_name_a_column():
    for form in FORMS:
        columns = [column for column, _ in form.columns()]
        assert len(columns) == len(set(columns)), form.section
