"""What revoking a key would do, and whether somebody means it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from controlplane.dashboard.pages import Visit
from controlplane.keys.models import VirtualKey
from controlplane.usage.owners import last_uses, use_of

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Revocation:
    """How much a key was used lately. Of one in use, the name is typed."""

    key: VirtualKey
    requests: int
    last: datetime | None
    is_in_use: bool

    @classmethod
    def of(cls, visit: Visit, key: VirtualKey) -> "Revocation":
        used = use_of("virtual_key", [key.pk], visit.now - DAY, visit.now, visit.bounds)
        last = last_uses("virtual_key", [key.pk], visit.now, visit.bounds).get(key.pk)
        requests = used[key.pk].requests if key.pk in used else 0
        return cls(key, requests, last, last is not None and last > visit.now - DAY)

    def is_meant(self, typed: str) -> bool:
        return not self.is_in_use or typed.strip() in (str(self.key), self.key.pk)
