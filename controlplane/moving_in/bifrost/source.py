"""Bifrost's file as a configuration."""

from collections.abc import Sequence

from controlplane.moving_in.bifrost.keys import Keys
from controlplane.moving_in.bifrost.limits import OwnedLimits
from controlplane.moving_in.bifrost.providers import Providers
from controlplane.moving_in.bifrost.vocabulary import GOVERNANCE_LEFT, SECTIONS_LEFT
from controlplane.moving_in.coverage import Coverage
from controlplane.moving_in.files import PeerFile, read_file
from controlplane.moving_in.part import Part
from controlplane.moving_in.references import References
from controlplane.moving_in.wanted import Wanted
from controlplane.provisioning.sources import Sources

PREFIX = "env."
KNOWN = frozenset({"providers", "governance", *SECTIONS_LEFT})
EMPTY_IS_ALL = "1"


class Bifrost:
    """Raises `ConfigurationWrong` for files that cannot be read at all."""

    def __init__(self, files: Sequence[PeerFile], customer: str, sources: Sources) -> None:
        self.coverages: list[Coverage] = [read_file(file) for file in files]
        self.wanted = Wanted()
        for coverage in self.coverages:
            self._translate(Part(coverage.root, "", coverage), customer, sources)

    def _translate(self, top: Part, customer: str, sources: Sources) -> None:
        if not KNOWN & {name for name, _ in top.fields()}:
            top.wrong("Not Bifrost's config.json: it has none of its sections.")
            return
        for name, part in top.fields():
            if name in SECTIONS_LEFT:
                part.left(SECTIONS_LEFT[name])
        references = References(PREFIX, sources)
        providers = Providers(references)
        for name, config in top.get("providers").fields():
            providers.add(name, config)
        governance = top.get("governance")
        for name, part in governance.fields():
            if name in GOVERNANCE_LEFT:
                part.left(GOVERNANCE_LEFT[name])
        keys = Keys(self.wanted, OwnedLimits(governance), providers, references)
        keys.customer = customer
        keys.empty_is_all = top.get("version").text() == EMPTY_IS_ALL
        for row in governance.get("customers").items():
            keys.add_customer(row)
        for row in governance.get("teams").items():
            keys.add_team(row)
        for row in governance.get("virtual_keys").items():
            keys.add_key(row)
        providers.catalog.write(self.wanted)
