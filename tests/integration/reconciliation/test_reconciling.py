"""A provider's bill held against the books in a real database."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from controlplane.errors import DomainError
from controlplane.reconciliation.models import Invoice
from controlplane.reconciliation.report import AGREES, verdict
from controlplane.reconciliation.services import InvoiceFile, load_invoice, reconcile_again
from tests import builders
from tests.integration.reconciliation.bills import AGREEING, COST, FIRST, MAPPING, bill


def load(far, content: bytes, **more):
    file = InvoiceFile(content, "bill.csv", mapping=MAPPING, **more)
    return load_invoice(provider=far, file=file, by="alice")


def causes(invoice: Invoice) -> dict[str, Decimal]:
    return {cause: Decimal(usd) for cause, usd in invoice.causes.items()}


def test_a_bill_that_agrees_says_so_under_another_name_of_the_model(far):
    invoice = load(far, bill(*AGREEING)).invoice

    assert (invoice.billed_usd, invoice.booked_usd) == (3 * COST, 3 * COST)
    assert verdict(invoice) == AGREES
    rows = invoice.differences.filter(booked_models__contains=["far/gpt-4o"])
    assert [row.bill_models for row in rows] == [["gpt-4o-2024-08-06"]] * 3


def test_each_cause_is_named_and_they_sum_to_the_difference(far):
    """Day 1: a model without a price; day 2: dearer; day 3: twice the usage; another model."""
    first, _, _ = AGREEING
    invoice = load(
        far,
        bill(
            first,
            "2026-10-01,new,7,1000000,100000",
            "2026-10-02,gpt-4o,3.85,1000000,100000",
            "2026-10-03,gpt-4o,7,2000000,200000",
            "2026-10-03,o9-mini,1.25,5,5",
        ),
    ).invoice

    assert causes(invoice) == {
        "outside_the_gateway": Decimal("4.75"),
        "unpriced": Decimal(7),
        "price_drift": Decimal("0.35"),
    }
    assert sum(causes(invoice).values()) == invoice.billed_usd - invoice.booked_usd
    assert "$12.10 more" in verdict(invoice)
    assert "no price (+$7.00)" in verdict(invoice)


def test_calls_that_broke_off_explain_more_usage_up_to_what_they_reserved(far):
    lost = {"provider": "far", "model": "far/gpt-4o", "status": 504, "usage_source": "none"}
    nothing = {"input_tokens": 0, "output_tokens": 0, "cost_usd": 0, "price_id": None}
    builders.usage_record(at=FIRST, reserved_usd=Decimal(2), **lost, **nothing)
    _, *others = AGREEING

    invoice = load(far, bill("2026-10-01,gpt-4o,7,2000000,200000", *others)).invoice

    assert causes(invoice) == {"outside_the_gateway": Decimal("1.5"), "missing_usage": Decimal(2)}


def test_answers_of_the_cache_are_no_calls(far):
    hit = {"provider": "far", "model": "far/gpt-4o", "cache": "exact", "cost_usd": 0}
    builders.usage_record(at=FIRST, saved_usd=COST, **hit)

    assert verdict(load(far, bill(*AGREEING)).invoice) == AGREES


def test_the_same_file_is_one_invoice_also_when_it_comes_twice_at_once(far):
    def loaded(_):
        try:
            return load(far, bill(*AGREEING)).is_new
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(loaded, range(2))) == [False, True]
    assert Invoice.objects.count() == 1
    assert load(far, bill(*AGREEING, "2026-10-04,gpt-4o,1,1,1")).is_new


def test_a_second_look_sees_records_that_came_late(far):
    extra = "2026-10-03,gpt-4o,3.5,1000000,100000"
    invoice = load(far, bill(*AGREEING, extra)).invoice
    assert invoice.duplicates == 0
    assert list(causes(invoice)) == ["outside_the_gateway"]

    booked = {"provider": "far", "model": "far/gpt-4o", "price_id": "far@1970-01-01"}
    tokens = {"input_tokens": 1_000_000, "output_tokens": 100_000}
    at = FIRST + timedelta(days=2, hours=1)
    builders.usage_record(at=at, cost_usd=COST, **booked, **tokens)

    assert verdict(reconcile_again(invoice)) == AGREES


def test_a_file_of_tokens_alone_is_valued_at_our_prices(far):
    mapping = {field: column for field, column in MAPPING.items() if field != "amount"}
    content = bill(*AGREEING[:2], "2026-10-03,gpt-4o,,1400000,100000")
    file = InvoiceFile(content, mapping=mapping)
    invoice = load_invoice(provider=far, file=file, by="alice").invoice

    assert causes(invoice) == {"outside_the_gateway": Decimal(1)}
    assert invoice.currency == "none"


def test_a_name_that_nobody_could_guess_is_told(far):
    rows = [row.replace("gpt-4o-2024-08-06", "Omni") for row in AGREEING]

    assert set(causes(load(far, bill(*rows)).invoice)) == {"outside_the_gateway", "not_billed"}
    told = load(far, bill(*rows, ""), aliases={"omni": "far/gpt-4o"}).invoice
    assert verdict(told) == AGREES


def test_what_cannot_be_read_leaves_nothing_behind(far):
    with pytest.raises(DomainError, match="Nothing of the file can be read"):
        load(far, bill("never,gpt-4o,1,1,1"))
    mapping = {"day": "Date", "model": "SKU", "amount": "Net", "currency": "Cur"}
    file = InvoiceFile(b"Date,SKU,Net,Cur\n2026-10-01,m,1,EUR\n", mapping=mapping)
    with pytest.raises(DomainError, match="publish an exchange rate of EUR"):
        load_invoice(provider=far, file=file, by="alice")
    assert not Invoice.objects.exists()


def test_the_command_prints_why_and_json(far, tmp_path, capsys):
    path = tmp_path / "bill.csv"
    path.write_bytes(bill(*AGREEING[:2], AGREEING[1], "2026-10-03,gpt-4o,3.85,1000000,100000"))
    maps = [part for pair in MAPPING.items() for part in ("--map", "=".join(pair))]

    call_command("reconcile", str(path), "--provider", "far", *maps)
    said = capsys.readouterr().out
    call_command("reconcile", str(path), "--provider", "far", *maps, "--json")
    told = json.loads(capsys.readouterr().out)

    assert "another price (+$0.35)" in said
    assert "Row 4: the same row came before." in said
    assert told["difference_usd"] == "0.35"
    assert [row["causes"] for row in told["differences"] if row["causes"]] == [
        {"price_drift": "0.35"}
    ]
    with pytest.raises(CommandError, match="There is no provider 'near' \\(there is: far\\)"):
        call_command("reconcile", str(path), "--provider", "near")
