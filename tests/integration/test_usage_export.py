"""Usage records as files: everything the filter means, exact, and harmless in a spreadsheet."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from controlplane.errors import DomainError
from controlplane.usage import exports
from controlplane.usage.exports.columns import COLUMNS
from controlplane.usage.exports.focus_format import MANDATORY
from controlplane.usage.parameters import read_filter
from tests import builders
from tests.builders import NOON, refusal, usage_record, usage_records

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


def chunks_of(name, **parameters):
    records = read_filter({key: [value] for key, value in parameters.items()})
    return b"".join(exports.export(exports.FORMATS[name], records))


def sheet_of(content):
    return load_workbook(io.BytesIO(content), read_only=True)["Usage"]


def test_a_workbook_has_numbers_as_numbers_and_text_never_as_a_formula():
    usage_record(
        model='=HYPERLINK("http://evil.example")',
        model_requested="+1",
        metadata={"note": "x" * 40_000},
        cost_usd=Decimal("0.008289"),
    )
    names, cells = list(sheet_of(chunks_of("xlsx")).iter_rows())
    row = {name.value: cell for name, cell in zip(names, cells, strict=True)}
    assert [name.value for name in names] == list(COLUMNS)
    assert (row["cost_usd"].value, row["cost_usd"].data_type) == (0.008289, "n")
    assert (row["model"].value, row["model"].data_type) == (
        '=HYPERLINK("http://evil.example")',
        "s",
    )
    assert (row["model_requested"].value, row["input_tokens"].value) == ("+1", 100)
    assert len(row["metadata"].value) == 32_767
    assert (row["team"].value, row["streamed"].value) == (None, False)


def test_a_workbook_with_too_many_rows_is_refused_before_it_is_made():
    usage_records([{}, {}, {}])
    kind = replace(exports.FORMATS["xlsx"], rows_max=2)
    with pytest.raises(DomainError, match="3 records, and a file of this kind holds 2"):
        exports.export(kind, read_filter({}))


def focus(**parameters):
    return list(csv.DictReader(io.StringIO(chunks_of("focus", **parameters).decode(), newline="")))


def test_a_focus_file_has_the_mandatory_columns_in_utc_with_nulls():
    builders.customer("acme", name="Acme Corp")
    usage_record(
        at=datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
        cost_usd=Decimal("0.000123"),
        metadata={"code": "B-17", "retries": 2, "is_test": True, "none": None},
    )
    [row] = focus()
    assert list(row)[:21] == list(MANDATORY)
    assert len(MANDATORY) == 21
    costs = {row[name] for name in row if name.endswith("Cost")}
    assert costs == {"0.000123"}
    assert (row["BillingPeriodStart"], row["BillingPeriodEnd"]) == (
        "2026-12-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    )
    assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == (
        "2026-12-31T23:00:00Z",
        "2027-01-01T00:00:00Z",
    )
    assert (row["BillingAccountId"], row["BillingAccountName"]) == ("acme", "Acme Corp")
    assert (row["ChargeClass"], row["SubAccountId"]) == ("", "")
    assert (row["PricingQuantity"], row["PricingUnit"]) == ("110", "Tokens")
    assert row["ProviderName"] == "openai"
    tags = {"code": "B-17", "retries": "2", "is_test": "true", "none": None}
    assert json.loads(row["Tags"]) == tags


def test_a_focus_file_has_charges_alone():
    usage_record(cost_usd=None)
    usage_record(cost_usd=Decimal(0))
    refusal()
    charged = usage_record(cost_usd=Decimal("0.5"))
    assert [row["x_RequestId"] for row in focus()] == [charged]


def test_names_in_a_focus_file_are_no_formulas():
    builders.customer("acme", name="=1+1")
    usage_record()
    assert focus()[0]["BillingAccountName"] == "'=1+1"
