"""Virtual keys: what they may call, from which limits, with the secret that clients have."""

from typing import Any

from controlplane.moving_in.bifrost.limits import OwnedLimits
from controlplane.moving_in.bifrost.providers import ANY, Providers
from controlplane.moving_in.bifrost.vocabulary import OWNER_LEFT, PROVIDER_CONFIG_LEFT
from controlplane.moving_in.catalog import sorted_once
from controlplane.moving_in.limits import tightest
from controlplane.moving_in.naming import slug
from controlplane.moving_in.part import Part
from controlplane.moving_in.references import References
from controlplane.moving_in.wanted import Wanted
from controlplane.provisioning.values import flag, text

NAME_LENGTH_MAX = 200
SENT = "virtual_keys.secret: by Authorization, x-api-key or x-goog-api-key, not by x-bf-vk"


class Keys:
    def __init__(
        self, wanted: Wanted, limits: OwnedLimits, providers: Providers, references: References
    ) -> None:
        self._wanted = wanted
        self._limits = limits
        self._providers = providers
        self._references = references
        self.customer = ""
        self.empty_is_all = False
        self.customers: dict[str, dict[str, int]] = {}
        self.teams: dict[str, tuple[str, dict[str, int]]] = {}

    def add_customer(self, row: Part) -> None:
        customer_id = named(row)
        self.customers[customer_id] = self._limits.rates_of(row)
        self._want("customers", row, customer_id, "customer_id")

    def add_team(self, row: Part) -> None:
        team_id = named(row)
        customer = self._customer_of(row.get("customer_id"))
        limits = tightest(self._limits.rates_of(row), self.customers.get(customer, {}))
        self.teams[team_id] = customer, limits
        self._want("teams", row, team_id, "team_id", customer=customer)

    def add_key(self, row: Part) -> None:
        key_id = named(row)
        team_id = slug(row.get("team_id").text()) if row.get("team_id") else None
        team = self.teams.get(team_id or "")
        row.get("team_id").mapped("virtual_keys.team")
        customer = self._customer_of(row.get("customer_id"))
        above = team[1] if team else self.customers.get(customer, {})
        if not row.get("value"):
            row.get("id").approximated("id; without 'value', a new secret is made")
        self._want(
            "virtual_keys",
            row,
            key_id,
            "virtual_key_id",
            customer=team[0] if team else customer,
            team=team_id,
            secret=self._references.secret(row.get("value").mapped(SENT)),
            is_active=row.get("is_active").mapped("virtual_keys.is_active").read(flag),
            expires_at=row.get("expires_at").mapped("virtual_keys.expires_at").read(text),
            rate_limit=tightest(self._limits.rates_of(row), above) or None,
            **self._allowed(row.get("provider_configs")),
        )

    def _want(self, section: str, row: Part, row_id: str, owner: str, **more: Any) -> None:
        description = row.get("description").mapped("metadata").text()
        self._wanted.add(
            section,
            row.node,
            id=row_id,
            name=row.get("name").mapped("name").text()[:NAME_LENGTH_MAX] or None,
            metadata={"description": description[:1000]} if description else None,
            budget=self._limits.budgets_of(row, owner) or None,
            **more,
        )
        if section != "virtual_keys":
            row.get("rate_limit_id").approximated("rate_limit of each of its keys, not together")
        for name, part in row.fields():
            if name in OWNER_LEFT:
                part.left(OWNER_LEFT[name])

    def _customer_of(self, part: Part) -> str:
        given = part.mapped("customer").text()
        return slug(given) if given else self.customer

    def _allowed(self, configs: Part) -> dict[str, Any]:
        """Providers and models. What allows nothing denies all, unless the file is of version 1."""
        providers: list[str] = []
        models: list[str] = []
        is_all = True
        for config in configs.items():
            name = config.get("provider").mapped("virtual_keys.allowed_providers").text()
            allowed = config.get("allowed_models").mapped("virtual_keys.allowed_models")
            names = allowed.texts() or ([ANY] if self.empty_is_all or not allowed.is_there else [])
            ids = self._ids_of(name, config.get("key_ids") or config.get("keys"))
            if names and ids:
                providers += ids
                is_all = is_all and ANY in names
                models += _patterns(name, ids, names)
            for field, part in config.fields():
                if field in PROVIDER_CONFIG_LEFT:
                    part.left(PROVIDER_CONFIG_LEFT[field])
        if not providers:
            return {} if self.empty_is_all and not configs else {"denied_models": [ANY]}
        limited = {} if is_all else {"allowed_models": sorted_once(models)}
        return {"allowed_providers": sorted_once(providers), **limited}

    def _ids_of(self, name: str, pinned: Part) -> list[str]:
        """The providers of the keys that it may use."""
        known = self._providers.ids.get(name, [slug(name)] if name else [])
        pinned.approximated("virtual_keys.allowed_providers: all credentials of a provider")
        keys = pinned.texts()
        if not keys or ANY in keys:
            return known if pinned.is_there is False or keys or self.empty_is_all else []
        by_key = self._providers.by_key
        return sorted_once([by_key[key] for key in keys if by_key.get(key) in known])


def _patterns(name: str, ids: list[str], names: list[str]) -> list[str]:
    """`provider/model` by the name that clients know it by, and by those here."""
    if ANY in names:
        return [f"{each}/{ANY}" for each in sorted_once([name, *ids])]
    return [f"{each}/{model}" for each in sorted_once([name, *ids]) for model in names]


def named(row: Part) -> str:
    """Its id, as one here can be."""
    given = row.get("id")
    if not given.text():
        row.wrong("Needs 'id'.")
        return "x"
    row_id = slug(given.text())
    is_same = row_id == given.text()
    given.mapped("id") if is_same else given.approximated(f"id, written as '{row_id}'")
    return row_id
