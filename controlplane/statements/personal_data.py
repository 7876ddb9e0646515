"""What is held of bills. They stay as they were sent, names included: the law wants them kept."""

from controlplane.personal_data import Holding
from controlplane.statements.models import Adjustment, Statement

HOLDINGS = (
    Holding("statements", Statement),
    Holding("statement-adjustments", Adjustment),
)
