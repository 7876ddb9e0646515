"""What is held of budgets. Amounts are the books: they stay."""

from controlplane.budgets.models import (
    Allowance,
    Balance,
    BalanceBucket,
    Budget,
    ClosedWindow,
    LedgerEntry,
    LimitChange,
    RaiseRequest,
)
from controlplane.personal_data import Holding

HOLDINGS = (
    Holding("budgets", Budget, personal=("name", "metadata")),
    Holding("limit-changes", LimitChange, personal=("reason", "created_by", "undone_by")),
    Holding(
        "raise-requests",
        RaiseRequest,
        personal=("reason", "requested_by", "requested_by_member", "decided_by", "note"),
    ),
    Holding("closed-windows", ClosedWindow),
    Holding("balances", Balance),
    Holding("balance-buckets", BalanceBucket),
    Holding("allowances", Allowance),
    Holding("ledger-entries", LedgerEntry),
)
