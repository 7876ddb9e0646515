"""What people configure of budgets, and the rows the ledger keeps for them.

Configuration and counters never share a row.
"""

from controlplane.budgets.models.budget import (
    Budget,
    Enforcement,
    OwnerType,
    Shortfall,
    default_alert_thresholds,
)
from controlplane.budgets.models.ledger import (
    Allowance,
    Balance,
    BalanceBucket,
    LedgerEntry,
    Process,
)
from controlplane.budgets.models.limit_change import REASON_LENGTH_MAX, ChangeKind, LimitChange

__all__ = [
    "REASON_LENGTH_MAX",
    "Allowance",
    "Balance",
    "BalanceBucket",
    "Budget",
    "ChangeKind",
    "Enforcement",
    "LedgerEntry",
    "LimitChange",
    "OwnerType",
    "Process",
    "Shortfall",
    "default_alert_thresholds",
]
