"""What is held of questions: ids, amounts and counts, as in the books."""

from controlplane.personal_data import Holding
from controlplane.what_if.models import WhatIf

HOLDINGS = (Holding("what-ifs", WhatIf),)
