"""Makes the changes of a plan by the services, and tells what they refuse by the file's lines."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from controlplane.accounts.permissions import Resource
from controlplane.errors import DomainError, RowsRefused, summary
from controlplane.keys.services import IssuedKey
from controlplane.notices.services import CreatedChannel
from controlplane.provisioning.changes import Action, Change
from controlplane.provisioning.current import Rows
from controlplane.provisioning.forms import FORMS
from controlplane.provisioning.making import AT_ONCE, CREATE, UPDATE, Make
from controlplane.provisioning.plan import SECRETS, Plan
from controlplane.provisioning.problems import ConfigurationWrong, Problem
from controlplane.provisioning.progress import Progress

# A row that somebody else made meanwhile is nothing that the file could do better.
OVERTAKEN = "conflict"

MADE_BY: Mapping[Action, Mapping[Resource, Make]] = {Action.CREATE: CREATE, Action.UPDATE: UPDATE}


class NewSecret(NamedTuple):
    """What is known only here and now."""

    resource: Resource
    id: str
    secret: str

    def __repr__(self) -> str:
        return f"NewSecret({self.resource}/{self.id})"


class Execution:
    """`secrets` are those of new keys and webhooks that nobody knew before."""

    def __init__(self, plan: Plan, rows: Rows, progress: Progress) -> None:
        self._plan = plan
        self._rows = rows
        self._progress = progress
        self.secrets: list[NewSecret] = []
        self.touched: dict[Resource, list[str]] = {}

    def run(self) -> None:
        """Creates and changes. Raises `ConfigurationWrong` with all that a kind of row refuses."""
        for form in FORMS:
            for action in (Action.CREATE, Action.UPDATE):
                changes = [
                    change
                    for change in self._plan.changes
                    if change.resource is form.resource and change.action is action
                ]
                self._make(form.resource, MADE_BY[action][form.resource], changes)

    def _make(self, resource: Resource, make: Make, changes: Sequence[Change]) -> None:
        problems: list[Problem] = []
        size = AT_ONCE.get(resource, 1)
        for start in range(0, len(changes), size):
            self._progress(resource.value.replace("-", " "), start, len(changes))
            batch = changes[start : start + size]
            try:
                made = make(self._rows, batch)
            except DomainError as error:
                if error.code == OVERTAKEN:
                    raise
                problems.extend(_problems(batch, error))
            else:
                for change, result in zip(batch, made, strict=True):
                    self._note(change, result)
        if problems:
            raise ConfigurationWrong(problems)
        if changes:
            self._progress(resource.value.replace("-", " "), len(changes), len(changes))

    def _note(self, change: Change, result: Any) -> None:
        row, secret = result, None
        if isinstance(result, IssuedKey | CreatedChannel):
            row, secret = result
        if secret is not None and not SECRETS & set(change.values):
            self.secrets.append(NewSecret(change.resource, row.id, secret))
        change.row = row
        self._rows.add(change.resource, row)
        self.touched.setdefault(change.resource, []).append(str(row.pk))


def _problems(batch: Sequence[Change], error: DomainError) -> Iterator[Problem]:
    """A service's refusal, at the places that it is about."""
    if isinstance(error, RowsRefused):
        by_id = {change.id: change for change in batch}
        for row_id, refusal in error.refusals.items():
            yield from _problems([by_id.get(row_id, batch[0])], refusal)
        return
    entry = batch[0].entry
    assert entry is not None
    for name, problem in error.fields.items():
        column = name if name in entry.places else f"{name}_id"
        message = summary({name: problem}).removeprefix(name).removeprefix(": ")
        yield entry.problem(column if column in entry.places else "id", message)
    if not error.fields:
        yield entry.problem("id", error.message)
