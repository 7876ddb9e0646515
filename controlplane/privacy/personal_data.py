"""What is held of erasures: that they were."""

from controlplane.personal_data import Holding
from controlplane.privacy.models import Erasure

HOLDINGS = (Holding("erasures", Erasure),)
