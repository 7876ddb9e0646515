"""What the cells of past usage may say."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from controlplane.moving_in.usage import values
from controlplane.moving_in.usage.mapping import complete_mapping
from controlplane.moving_in.usage.rows import value_at
from controlplane.provisioning.problems import ConfigurationWrong

NOW = datetime(2026, 11, 20, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01 13:00:00",
        "2026-03-01 12:00:00+00",
        "2026-03-01 12:00:00 UTC+00:00"[:19] + "Z",
        1772366400,
        "1772366400000",
        Decimal("1772366400.0"),
    ],
)
def test_a_time_is_an_instant(written):
    assert values.moment(written, BERLIN, NOW) == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("written", ["soon", "", "1999-01-01", "2027-01-01", "NaN", "9" * 40, True])
def test_another_is_refused(written):
    with pytest.raises(ValueError, match="Must be"):
        values.moment(written, UTC, NOW)


def test_money_is_exact():
    assert values.usd("0.1") == "0.100000000000"
    assert values.usd("1.5e-05") == "0.000015000000"
    assert values.usd("$12") == "12.000000000000"


@pytest.mark.parametrize("written", ["-1", "NaN", "Infinity", "1e12", "", "free", None, [1]])
def test_what_is_no_money_is_refused(written):
    with pytest.raises(ValueError, match="US dollars"):
        values.usd(written)


@pytest.mark.parametrize("written", ["-1", "1.5", "many", "1e20"])
def test_what_is_no_count_is_refused(written):
    with pytest.raises(ValueError, match="whole number"):
        values.count(written)


def test_a_column_may_be_a_path_into_an_object():
    row = {"metadata": '{"spend_logs_metadata": {"code": "B-17"}}', "a.b": 1}

    assert value_at(row, "metadata.spend_logs_metadata.code") == "B-17"
    assert value_at(row, "a.b") == 1
    assert value_at(row, "metadata.none.code") is None


def test_a_mapping_that_names_what_is_not_there_is_refused():
    with pytest.raises(ConfigurationWrong) as refused:
        complete_mapping(["when", "usd"], {"at": "when", "cost": "usd", "team": "group"})

    assert [problem.message for problem in refused.value.problems] == [
        "'cost' is no field: at, cost_usd, request_id, customer, team, virtual_key, "
        "virtual_key_hash, provider, model, model_requested, endpoint, status, input_tokens, "
        "cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, total_ms or "
        "metadata.KEY. Did you mean 'cost_usd'?",
        "Nothing says which column is 'cost_usd': --map cost_usd=COLUMN.",
        "team: The file has no column 'group'.",
    ]
