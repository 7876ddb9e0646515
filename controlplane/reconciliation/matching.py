"""Both sides of an invoice under the same names, and the table of their differences."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal

from billing.money import ZERO
from billing.prices import price_at
from billing.reconciliation import explaining
from billing.reconciliation.names import same_name
from billing.reconciliation.sides import TOKEN_KINDS, Billed, Booked, Cell
from controlplane.catalog.models import Model
from controlplane.catalog.pricing import Offers
from controlplane.reconciliation.books import MILLION, Tally, merged, rate_of, tallies
from controlplane.reconciliation.models import Difference, Invoice, InvoiceLine

WIDE = Context(prec=60)
NAMES_SHOWN = 20


class Matching:
    """One invoice beside the books as they are now."""

    def __init__(self, invoice: Invoice, lines: Iterable[InvoiceLine]) -> None:
        self._invoice = invoice
        self._aliases = {same_name(bill): ours for bill, ours in invoice.aliases.items()}
        self._upstream = dict(
            Model.objects.filter(provider_id=invoice.provider_id).values_list(
                "id", "upstream_model"
            )
        )
        self._offers: Offers | None = None
        self._lines = list(lines)
        self._names_models = any(line.model for line in self._lines)
        self._bill_names: dict[str, set[str]] = {}
        self._our_names: dict[str, set[str]] = {}
        self._books = self._tallies()

    def differences(self) -> list[Difference]:
        billed = self._billed()
        booked = {cell: tally.booked() for cell, tally in self._books.items()}
        found = explaining.explain(
            {cell: self._valued(cell, each, booked.get(cell)) for cell, each in billed.items()},
            booked,
            unit=self._invoice.unit_usd,
        )
        return [self._row(each) for each in found]

    def _tallies(self) -> dict[Cell, Tally]:
        found: dict[Cell, list[Tally]] = {}
        period = self._invoice.first_day, self._invoice.last_day
        for (day, model), tally in tallies(self._invoice.provider_id, *period).items():
            key = self._key_of_ours(model)
            self._our_names.setdefault(key, set()).add(model)
            found.setdefault((day, key), []).append(tally)
        return {cell: merged(several) for cell, several in found.items()}

    def _key_of_ours(self, model: str) -> str:
        """A file that names no model is held against all of a day."""
        if not self._names_models:
            return ""
        own = self._upstream.get(model) or model.removeprefix(f"{self._invoice.provider_id}/")
        return same_name(own) or model

    def _key_of_theirs(self, name: str) -> str:
        ours = self._aliases.get(same_name(name)) or self._aliases.get(name)
        key = self._key_of_ours(ours) if ours else same_name(name) or name
        self._bill_names.setdefault(key, set()).add(name)
        return key

    def _billed(self) -> dict[Cell, Billed]:
        sums: dict[Cell, tuple[dict[str, Decimal], dict[str, int], list[int]]] = {}
        for line in self._lines:
            cell = line.day, self._key_of_theirs(line.model)
            usd, tokens, rows = sums.setdefault(cell, ({}, {}, []))
            if line.usd is not None:
                usd[line.kind] = usd.get(line.kind, ZERO) + line.usd
            if line.tokens is not None:
                tokens[line.kind] = tokens.get(line.kind, 0) + line.tokens
            rows.append(line.rows)
        return {
            cell: Billed(usd=usd, tokens=tokens, lines=sum(rows))
            for cell, (usd, tokens, rows) in sums.items()
        }

    def _valued(self, cell: Cell, bill: Billed, book: Booked | None) -> Billed:
        """A file that counts tokens alone is valued at our prices: it can differ by usage only."""
        if bill.usd or not bill.tokens:
            return bill
        usd = {kind: self._worth(cell, kind, count, book) for kind, count in bill.tokens.items()}
        return Billed(usd=usd, tokens=bill.tokens, lines=bill.lines)

    def _worth(self, cell: Cell, kind: str, count: int, book: Booked | None) -> Decimal:
        if book is not None and (ours := book.tokens.get(kind)) and kind in book.kinds_usd:
            return WIDE.divide(book.kinds_usd[kind] * count, Decimal(ours))
        return WIDE.divide(self._list_rate(cell, kind) * count, Decimal(MILLION))

    def _list_rate(self, cell: Cell, kind: str) -> Decimal:
        """Of whatever name finds a price; zero where nobody knows one."""
        self._offers = self._offers or Offers(self._invoice.provider_id)
        day, key = cell
        for name in sorted({*self._our_names.get(key, ()), *self._bill_names.get(key, ())}):
            if price := price_at(self._offers.prices(name), _noon(day)):
                return rate_of(price.rates, kind)
        return ZERO

    def _row(self, found: explaining.Difference) -> Difference:
        tally = self._books.get((found.day, found.model), Tally())
        names = sorted(self._bill_names.get(found.model, ()))
        ours = sorted(self._our_names.get(found.model, ()))
        tokens = found.billed.tokens
        return Difference(
            invoice=self._invoice,
            day=found.day,
            model=(ours or names or [found.model])[0],
            bill_models=names[:NAMES_SHOWN],
            booked_models=ours[:NAMES_SHOWN],
            billed_usd=found.billed_usd,
            booked_usd=found.booked.usd,
            billed_tokens=sum(tokens.values()) if tokens else None,
            booked_tokens=sum(found.booked.all_tokens(kind) for kind in TOKEN_KINDS),
            requests=tally.requests,
            unpriced_requests=tally.unpriced_requests,
            causes={cause: f"{usd:f}" for cause, usd in found.causes.items()},
            is_sure=found.is_sure,
        )


def causes_of(rows: Iterable[Difference]) -> dict[str, Decimal]:
    """All causes of an invoice, each summed over days and models, in their order."""
    summed: Mapping[str, list[Decimal]] = {cause: [] for cause in explaining.CAUSES}
    for row in rows:
        for cause, usd in row.causes.items():
            summed[cause].append(Decimal(usd))
    return {cause: sum(amounts, ZERO) for cause, amounts in summed.items() if amounts}


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
