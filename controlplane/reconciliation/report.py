"""A reconciliation in words and figures, for a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from billing.because import signed_usd
from billing.money import format_usd
from billing.reconciliation.explaining import ROUNDING
from billing.reconciliation.words import WORDS
from controlplane.reconciliation.models import Difference, Invoice

CENT = Decimal("0.01")
LINES_SHOWN = 40


def verdict(invoice: Invoice) -> str:
    """One sentence: does the bill agree, and if not, what is most of it."""
    difference = invoice.billed_usd - invoice.booked_usd
    causes = largest_first(invoice.causes)
    if not set(causes) - {ROUNDING}:
        return "The bill agrees with the books, but for rounding." if causes else AGREES
    largest = next(iter(causes))
    way = "more" if difference > 0 else "less"
    moved = WORDS[largest].title.lower()
    if abs(difference) < CENT:
        return f"The sums agree, but parts do not: most is {moved} ({signed_usd(causes[largest])})."
    return (
        f"The bill is ${abs(difference).quantize(CENT):,} {way} than the books; "
        f"most of it is {moved} ({signed_usd(causes[largest])})."
    )


def largest_first(causes: Mapping[str, str]) -> dict[str, Decimal]:
    """Causes as they are stored, by how much they move."""
    amounts = {cause: Decimal(usd) for cause, usd in causes.items()}
    return dict(sorted(amounts.items(), key=lambda each: -abs(each[1])))


AGREES = "The bill agrees with the books, to the last digit."


def report_lines(invoice: Invoice, rows: Iterable[Difference]) -> Iterator[str]:
    """The verdict, the causes with what to do, and the days and models that differ most."""
    found = list(rows)
    yield f"{invoice.provider_id}, {invoice.first_day} to {invoice.last_day} ({invoice.format})"
    yield verdict(invoice)
    yield f"  billed {format_usd(invoice.billed_usd)} USD"
    yield f"  booked {format_usd(invoice.booked_usd)} USD"
    for cause, usd in largest_first(invoice.causes).items():
        words = WORDS[cause]
        yield f"  {signed_usd(usd):>14}  {words.title}: {words.meaning}"
        yield f"  {'':>14}  {words.next_step}"
    yield from _table(found)
    if invoice.left_out:
        yield f"{invoice.left_out:,} of {invoice.rows:,} rows are left out:"
        yield from (f"  {problem}" for problem in invoice.problems)


def _table(found: list[Difference]) -> Iterator[str]:
    differing = [row for row in found if row.causes]
    agreeing = len(found) - len(differing)
    yield f"{agreeing:,} of {len(found):,} days and models agree."
    if not differing:
        return
    differing.sort(key=lambda row: -sum(abs(Decimal(usd)) for usd in row.causes.values()))
    yield f"  {'day':10}  {'model':36}  {'billed':>14}  {'booked':>14}  why"
    for row in differing[:LINES_SHOWN]:
        why = ", ".join(
            f"{WORDS[cause].title.lower()} {signed_usd(usd)}"
            for cause, usd in largest_first(row.causes).items()
        )
        unsure = "" if row.is_sure else " (probably: the file counts no tokens)"
        billed, booked = (f"{usd:,.6f}" for usd in (row.billed_usd, row.booked_usd))
        yield f"  {row.day}  {row.model[:36]:36}  {billed:>14}  {booked:>14}  {why}{unsure}"
    if len(differing) > LINES_SHOWN:
        yield f"  … and {len(differing) - LINES_SHOWN:,} more, smaller ones."
