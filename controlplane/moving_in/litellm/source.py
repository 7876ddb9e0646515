"""LiteLLM's files as one configuration."""

from collections.abc import Sequence

from controlplane.moving_in.coverage import Coverage
from controlplane.moving_in.files import PeerFile, read_file
from controlplane.moving_in.litellm.accounts import Accounts
from controlplane.moving_in.litellm.budgets import Budgets
from controlplane.moving_in.litellm.exports import Rows, rows_of
from controlplane.moving_in.litellm.keys import Keys
from controlplane.moving_in.litellm.models import ModelGroups
from controlplane.moving_in.litellm.settings import Settings
from controlplane.moving_in.part import Part
from controlplane.moving_in.references import References
from controlplane.moving_in.wanted import Wanted
from controlplane.provisioning.sources import Sources

PREFIX = "os.environ/"
USERS_LEFT = "People have no keys or budgets of their own here: give their keys a team or a budget."
END_USERS_LEFT = (
    "End users are not known here: send who it is as metadata, by which reports group; or make "
    "each one that pays a customer."
)


class LiteLLM:
    """Raises `ConfigurationWrong` for files that cannot be read at all."""

    def __init__(self, files: Sequence[PeerFile], customer: str, sources: Sources) -> None:
        self.coverages: list[Coverage] = [read_file(file) for file in files]
        self.wanted = Wanted()
        self._rows: dict[Rows, list[Part]] = {kind: [] for kind in Rows}
        for coverage in self.coverages:
            for kind, row in rows_of(coverage):
                self._rows[kind].append(row)
        self._groups = ModelGroups(References(PREFIX, sources))
        self._budgets = Budgets()
        self._accounts = Accounts(self.wanted, self._budgets, customer)
        self._keys = Keys(self.wanted, self._budgets, self._accounts, self._groups)
        self._translate()

    def _translate(self) -> None:
        self._models()
        for row in self._rows[Rows.BUDGETS]:
            self._budgets.name(row)
        for row in self._rows[Rows.ORGANIZATIONS]:
            self._accounts.add_organization(row)
        for row in self._rows[Rows.TEAMS]:
            self._accounts.add_team(row)
        for row in self._rows[Rows.KEYS]:
            self._keys.add(row)
        for row in self._rows[Rows.USERS]:
            row.left(USERS_LEFT)
        for row in self._rows[Rows.END_USERS]:
            row.left(END_USERS_LEFT)
        self._keys.fallbacks.say(has_keys=bool(self._rows[Rows.KEYS]))

    def _models(self) -> None:
        """Names of names need every group, wherever it is listed."""
        configs = self._rows[Rows.CONFIG]
        for config in configs:
            self._groups.name_credentials(config.get("credential_list"))
        listed = [each for config in configs for each in config.get("model_list").items()]
        for entry in [*listed, *self._rows[Rows.MODELS]]:
            self._groups.add(entry)
        for config in configs:
            settings = Settings(config, self._groups, self._keys.fallbacks)
            settings.read()
            self._budgets.timezone = settings.timezone or self._budgets.timezone
        self._groups.catalog.write(self.wanted)
