"""Who belongs to whom: parents that nobody names are wanted, too, and foreign ones are refused."""

from collections.abc import Callable

from controlplane.accounts.permissions import Principal, Resource
from controlplane.provisioning.current import OWNERS, Rows
from controlplane.provisioning.desired import Desired
from controlplane.provisioning.forms import FORMS
from controlplane.provisioning.forms.form import Entry
from dataplane.contract.provider_names import KINDS

BY_RESOURCE = {form.resource: form for form in FORMS}
NAMES = {form.resource: str(form.model._meta.verbose_name) for form in FORMS}


class Parents:
    """Looks at what entries refer to, and adds an entry for what is neither there nor named."""

    def __init__(self, desired: Desired, rows: Rows, principal: Principal) -> None:
        self._desired = desired
        self._rows = rows
        self._principal = principal
        self._entries = {form.resource: desired.by_id(form.resource) for form in FORMS}

    def complete(self) -> None:
        for entry in self._usable(Resource.TEAMS):
            self._customer(entry)
        for entry in self._usable(Resource.VIRTUAL_KEYS):
            self._customer(entry)
            self._team(entry)
        for entry in self._usable(Resource.METADATA_RULES):
            self._customer(entry)
        for entry in self._usable(Resource.NOTICE_CHANNELS):
            self._channel(entry)
        for entry in self._usable(Resource.ALERT_RULES):
            self._want(Resource.CUSTOMERS, entry, "customer_id", self._new_customer)
            self._want(Resource.NOTICE_CHANNELS, entry, "channel_id", None)
        for entry in self._usable(Resource.PRICES):
            self._model(entry)
        for entry in self._usable(Resource.MODELS):
            self._want(Resource.PROVIDERS, entry, "provider_id", self._new_provider)
        for entry in self._usable(Resource.BUDGETS):
            self._owner(entry)
        self._usable(Resource.CUSTOMERS)

    def _usable(self, resource: Resource) -> list[Entry]:
        """Without those whose id is somebody else's; that it is taken is all that is said."""
        usable = []
        for entry in self._desired.entries[resource]:
            if self._rows.is_hidden(resource, entry.id):
                self._note(entry, "id", "This id cannot be used: choose another.")
            else:
                usable.append(entry)
        return usable

    def _customer(self, entry: Entry) -> None:
        row = self._rows.get(entry.form.resource, entry.id)
        self._fixed(entry, "customer_id", row)
        if row is None and "customer_id" not in entry.places and entry.id is not None:
            message = "Needs 'customer': there is none of this id yet."
            self._note(entry, "id", message)
        self._want(Resource.CUSTOMERS, entry, "customer_id", self._new_customer)

    def _team(self, entry: Entry) -> None:
        self._want(Resource.TEAMS, entry, "team_id", self._new_team)
        team_id = entry.values.get("team_id")
        own, theirs = self._customer_of(entry), self._customer_of_team(team_id)
        if None not in (own, theirs) and own != theirs:
            self._note(entry, "team_id", "This team belongs to another customer.")

    def _channel(self, entry: Entry) -> None:
        row = self._rows.get(Resource.NOTICE_CHANNELS, entry.id)
        for column in ("kind", "customer_id"):
            stored = getattr(row, column, None)
            if row is not None and entry.values.get(column, stored) != stored:
                self._note(entry, column, f"This never changes, and is '{stored or 'nobody'}'.")
        self._want(Resource.CUSTOMERS, entry, "customer_id", self._new_customer)

    def _model(self, entry: Entry) -> None:
        row = self._rows.get(Resource.PRICES, entry.id)
        self._fixed(entry, "model_id", row)
        if row is None and "model_id" not in entry.places:
            self._note(entry, "id", "Needs 'model': there is no price of this id yet.")
        self._want(Resource.MODELS, entry, "model_id", self._new_model)

    def _customer_of(self, entry: Entry) -> str | None:
        row = self._rows.get(entry.form.resource, entry.id)
        return row.customer_id if row is not None else entry.values.get("customer_id")

    def _customer_of_team(self, team_id: str | None) -> str | None:
        entry = self._entries[Resource.TEAMS].get(team_id or "")
        if entry is not None:
            return self._customer_of(entry)
        row = self._rows.get(Resource.TEAMS, team_id)
        return row.customer_id if row is not None else None

    def _owner(self, entry: Entry) -> None:
        row = self._rows.get(Resource.BUDGETS, entry.id)
        if row is not None:
            given = entry.values.get("owner_type", row.owner_type), entry.values.get("owner")
            if given[0] != row.owner_type or given[1] not in (None, row.owner_id):
                self._note(entry, "owner", f"A budget's owner never changes: {_owner_of(row)}.")
            return
        if missing := [n for n in ("owner_type", "owner") if n not in entry.places]:
            self._note(entry, "id", f"Needs '{missing[0]}': there is no budget of this id yet.")
        elif owner_type := entry.values.get("owner_type"):
            resource = OWNERS[owner_type]
            is_customer = resource is Resource.CUSTOMERS
            self._want(resource, entry, "owner", self._new_customer if is_customer else None)

    def _fixed(self, entry: Entry, column: str, row: object) -> None:
        """What is decided when a row is made, and never again."""
        given = entry.values.get(column)
        stored = getattr(row, column, None)
        if given is not None and stored is not None and given != stored:
            self._note(entry, column, f"This never changes, and is '{stored}'.")

    def _want(
        self,
        resource: Resource,
        entry: Entry,
        column: str,
        new: Callable[[Entry, str], Entry | None] | None,
    ) -> None:
        """Makes sure that what the column refers to is there, or will be."""
        parent_id = entry.values.get(column)
        if parent_id is None or parent_id in self._entries[resource]:
            return
        if self._rows.get(resource, parent_id) is not None:
            return
        parent = None
        if new is not None and not self._rows.is_hidden(resource, parent_id):
            parent = new(entry, parent_id)
        if parent is None:
            self._note(entry, column, f"There is no such {NAMES[resource]}.")
        else:
            self._desired.entries[resource].append(parent)
            self._entries[resource][parent_id] = parent

    def _new_customer(self, entry: Entry, customer_id: str) -> Entry | None:
        """Whoever is bound to a customer makes no other, and learns of none."""
        if self._principal.is_bound:
            return None
        column = "owner" if entry.form.resource is Resource.BUDGETS else "customer_id"
        return Entry(BY_RESOURCE[Resource.CUSTOMERS], entry.place_of(column), customer_id)

    def _new_team(self, entry: Entry, team_id: str) -> Entry | None:
        """In the customer of its key, which the file need not name if the key is there.

        Whoever is bound to a team makes no other, and learns of none.
        """
        if self._principal.team_id is not None:
            return None
        customer_id = self._customer_of(entry)
        if customer_id is None:
            return None
        key = self._rows.get(Resource.VIRTUAL_KEYS, entry.id)
        if key is not None:
            self._rows.add(Resource.CUSTOMERS, key.customer)
        values = {"customer_id": customer_id}
        place = entry.place_of("team_id")
        return Entry(BY_RESOURCE[Resource.TEAMS], place, team_id, values, {"customer_id": place})

    def _new_model(self, entry: Entry, model_id: str) -> Entry | None:
        provider_id, slash, name = model_id.partition("/")
        if not slash or not name:
            return None
        values = {"provider_id": provider_id}
        place = entry.place_of("model_id")
        return Entry(BY_RESOURCE[Resource.MODELS], place, model_id, values, {"provider_id": place})

    def _new_provider(self, entry: Entry, provider_id: str) -> Entry | None:
        """One that is named as its kind needs no more words; of others we know too little."""
        if provider_id not in KINDS:
            return None
        place = entry.place_of("provider_id")
        return Entry(BY_RESOURCE[Resource.PROVIDERS], place, provider_id, {"kind": provider_id})

    def _note(self, entry: Entry, column: str, message: str) -> None:
        self._desired.problems.append(entry.problem(column, message))


def _owner_of(row: object) -> str:
    return f"{row.owner_type} '{row.owner_id}'"  # type: ignore[attr-defined]
