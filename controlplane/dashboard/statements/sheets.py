"""What the pages of statements show, as rows of a file."""

from typing import Any

from billing.money import parse_usd
from controlplane.cells import Cell
from controlplane.dashboard.exporting import About, Sheet
from controlplane.statements.models import Statement
from controlplane.statements.months_matrix import Matrix, State

BREAKDOWNS = {"team": "by_team", "virtual_key": "by_virtual_key", "model": "by_model"}
COUNTS = ("requests", "input_tokens", "output_tokens")


def sheet_of_months(table: Matrix) -> Sheet:
    """A row for each customer's month that holds something."""
    columns = ["customer", "name", "month", "state", "amount_usd", "late_usd", "statement"]
    rows: list[list[Cell]] = [
        [
            cell.customer.id,
            cell.customer.name,
            str(cell.month),
            cell.state.value,
            cell.amount_usd,
            cell.late_usd,
            cell.statement.pk if cell.statement else None,
        ]
        for cell in table.cells
        if cell.state != State.NOTHING
    ]
    return Sheet("statements", columns, rows)


def sheet_of_statement(found: Statement) -> Sheet:
    """The lines of its breakdowns, one after the other, each of which adds up to the total."""
    columns = ["by", "id", "name", "provider", *COUNTS, "cost_usd"]
    rows: list[list[Cell]] = [
        [by, line[by], line.get("name"), line.get("provider"), *_figures(line)]
        for by, name in BREAKDOWNS.items()
        for line in found.content[name]
    ]
    return Sheet("statement", columns, rows)


def of_statement(found: Statement) -> About:
    columns: dict[str, Cell] = {
        "statement": found.pk,
        "customer": found.customer_id,
        "month": found.month,
        "time_zone": found.timezone,
    }
    return About(columns, f"{found.customer_id}-{found.month}")


def _figures(line: dict[str, Any]) -> list[Cell]:
    cost = line["cost_usd"]
    return [*(line[name] for name in COUNTS), None if cost is None else parse_usd(cost)]
