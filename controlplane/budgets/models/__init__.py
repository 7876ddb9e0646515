"""What people configure of budgets, and the rows the ledger keeps for them.

Configuration and counters never share a row.
"""

from controlplane.budgets.models.budget import (
    Budget,
    Enforcement,
    OwnerType,
    RaiseApprover,
    Shortfall,
    default_alert_thresholds,
)
from controlplane.budgets.models.closed_window import ClosedWindow
from controlplane.budgets.models.ledger import (
    Allowance,
    Balance,
    BalanceBucket,
    LedgerEntry,
    Process,
)
from controlplane.budgets.models.limit_change import REASON_LENGTH_MAX, ChangeKind, LimitChange
from controlplane.budgets.models.raise_request import RaiseRequest, RaiseState

__all__ = [
    "REASON_LENGTH_MAX",
    "Allowance",
    "Balance",
    "BalanceBucket",
    "Budget",
    "ChangeKind",
    "ClosedWindow",
    "Enforcement",
    "LedgerEntry",
    "LimitChange",
    "OwnerType",
    "Process",
    "RaiseApprover",
    "RaiseRequest",
    "RaiseState",
    "Shortfall",
    "default_alert_thresholds",
]
