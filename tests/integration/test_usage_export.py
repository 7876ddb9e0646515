"""Usage records as files: everything the filter means, exact, and harmless in a spreadsheet."""

import csv
import io
from decimal import Decimal

import pytest

from controlplane.usage import exports
from controlplane.usage.exports.columns import COLUMNS
from controlplane.usage.parameters import read_filter
from tests.builders import NOON, usage_record

pytestmark = pytest.mark.usefixtures("database")


def exported(**parameters):
    """The lines of the CSV file, read back as dictionaries."""
    records = read_filter({name: [value] for name, value in parameters.items()})
    content = b"".join(exports.FORMATS["csv"].encode(exports.pages(records)))
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_line_holds_the_whole_record_to_the_last_digit():
    usage_record(
        request_id="req-1",
        at=NOON,
        cost_usd=Decimal("0.000000000001"),
        saved_usd=Decimal("12345678.9"),
        metadata={"code": "B-17", "note": 'a "quoted", line\nbreak'},
    )

    [line] = exported()

    assert list(line) == list(COLUMNS)
    assert (line["request_id"], line["at"]) == ("req-1", "2026-11-20T12:00:00Z")
    assert (line["cost_usd"], line["saved_usd"]) == ("0.000000000001", "12345678.90")
    assert line["metadata"] == '{"code":"B-17","note":"a \\"quoted\\", line\\nbreak"}'
    assert (line["status"], line["streamed"], line["team"]) == ("200", "false", "")


def test_a_cost_that_is_not_known_stays_empty():
    usage_record(cost_usd=None)

    assert exported()[0]["cost_usd"] == ""


def test_the_filter_holds():
    usage_record(customer_id="umbrella")
    wanted = usage_record(customer_id="acme")

    assert [line["request_id"] for line in exported(customer="acme")] == [wanted]


def test_nothing_to_export_is_a_line_of_names():
    assert exported() == []


def test_many_pages_follow_each_other_without_gap_or_repeat(monkeypatch):
    monkeypatch.setattr(exports, "PAGE_RECORDS", 3)
    expected = {usage_record(at=NOON) for _ in range(10)}

    lines = [line["request_id"] for line in exported()]

    assert len(lines) == 10
    assert set(lines) == expected


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_a_spreadsheet_would_run_is_defused(first):
    text = f"{first}HYPERLINK(1)"
    usage_record(customer_id=text, model=text, model_requested=text, provider=text)

    [line] = exported()

    assert {line[name] for name in ("customer", "model", "model_requested", "provider")} == {
        f"'{text}"
    }


def test_numbers_stay_numbers():
    usage_record(total_ms=12.5, cost_usd=Decimal("0.1"))

    [line] = exported()

    assert (line["total_ms"], line["cost_usd"], line["input_tokens"]) == ("12.5", "0.10", "100")
